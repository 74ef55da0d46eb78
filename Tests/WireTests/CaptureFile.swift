@testable import Wire

/// A capture file (pcap) with link type 101 (raw IP), every datagram in IPv4 and UDP to port 4991.
func captureFile(_ datagrams: [[UInt8]]) -> [UInt8] {
    var file = ByteWriter(capacity: 4096)
    file.write(UInt32(0xA1B2_C3D4))
    file.write(UInt16(2))
    file.write(UInt16(4))
    file.write([UInt8](repeating: 0, count: 8))
    file.write(UInt32(65535))
    file.write(UInt32(101))
    for (number, datagram) in datagrams.enumerated() {
        let size = 28 + datagram.count
        file.write(startSecond)
        file.write(UInt32(number))
        file.write(UInt32(size))
        file.write(UInt32(size))
        file.write([0x45, 0] as [UInt8])
        file.write(UInt16(size))
        file.write([0, 0, 0x40, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1] as [UInt8])
        file.write(UInt16(40_000))
        file.write(UInt16(4991))
        file.write(UInt16(8 + datagram.count))
        file.write(UInt16(0))
        file.write(datagram)
    }
    return file.bytes
}
