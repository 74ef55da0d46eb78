import Channel
import Foundation
import NIOCore
import ServiceKit
import Testing
import Wire

/// A transmitter for tests: frames a code word with the real framer and waits for reports.
final class TestTransmitter {
    static let bundle = [UInt8](repeating: 5, count: 32)
    /// Reals of every test's code word.
    static let reals: [Float] = (0..<512).map { Float(sin(Double($0) * 0.7)) }

    /// The receiver's.
    let port: Int
    private let socket: DatagramSocket
    private let peer: SocketAddress
    private var framer: SignalFramer
    private var opener: PacketOpener
    private var arriving: DatagramSocket.Datagrams.Iterator
    private var transmissions: UInt32 = 0

    init(key: PreSharedKey, port: Int, senderID: UInt64 = 7) async throws {
        guard let any = Endpoint("127.0.0.1:0") else { throw ChannelError.unknownLocalAddress }
        socket = try await DatagramSocket.bind(any)
        self.port = port
        peer = try SocketAddress(ipAddress: "127.0.0.1", port: port)
        framer = try SignalFramer(
            sealer: PacketSealer(key: key, senderID: senderID, firstSequence: 1),
            sideStreamID: 0xED5C_0001
        )
        opener = PacketOpener(keys: [key])
        arriving = socket.datagrams.makeAsyncIterator()
    }

    /// Sends one transmission, of which only the data packets whose number `keep` accepts arrive, through `channel`.
    ///
    /// - Parameter air: what the symbols on air meet before.
    /// - Returns: the datagrams that were sent.
    @discardableResult
    func send(
        _ id: UUID,
        attempt: UInt16 = 1,
        bundle: [UInt8] = TestTransmitter.bundle,
        edge: UInt16 = 128,
        isDraft: Bool = false,
        base: [UInt8]? = nil,
        edit: SideInformation.Edit? = nil,
        frame: SideInformation.Frame? = nil,
        channel: AWGNChannel? = nil,
        reals: Int = 512,
        waveform: SideInformation.Waveform = .singleCarrier,
        air: ImpairedChannel? = nil,
        keep: (Int) -> Bool = { _ in true }
    ) throws -> [[UInt8]] {
        let modem = Modem(
            realCount: reals,
            layoutSeed: 1,
            waveform: waveform == .ofdm ? .ofdm(OFDM()) : .singleCarrier
        )
        let signal = modem.modulate((0..<reals).map { Self.reals[$0 % Self.reals.count] })
        let rate = 1_000_000.0
        let silence = [ComplexSymbol](repeating: .init(i: 0, q: 0), count: air?.memory(atRate: rate).before ?? 0)
        let run = SymbolRun(stream: 1, firstIndex: 0, rate: rate)
        let symbols = air?.apply(silence + signal.symbols, at: run) ?? signal.symbols
        transmissions += 1
        let side = try SideInformation(
            transferID: id,
            attempt: attempt,
            modelDigest: bundle,
            baseDigest: base,
            isDraft: isDraft,
            edit: edit,
            frame: frame,
            realCount: UInt32(reals),
            pilotCount: 64,
            waveform: waveform,
            layoutSeed: 1,
            scale: signal.scale,
            signalStreamID: 1000 + transmissions,
            startSecond: 1_700_000_000,
            sampleRate: 1_000_000,
            edge: edge
        )
        var number = 0
        var sent: [[UInt8]] = []
        for datagram in try framer.frame(symbols.interleaved, side: side).datagrams {
            if WirePacketKind.classify(datagram) == .data {
                number += 1
                if !keep(number - 1) { continue }
            }
            sent.append(try channel.map { try noisy(datagram, $0) } ?? datagram)
        }
        try send(sent)
        return sent
    }

    /// As the relay does it.
    private func noisy(_ datagram: [UInt8], _ channel: AWGNChannel) throws -> [UInt8] {
        guard WirePacketKind.classify(datagram) == .data else { return datagram }
        var packet = try DIFIDataPacket(parsing: datagram)
        let first = try #require(packet.timestamp.sampleIndex(rate: 1_000_000))
        let symbols = [ComplexSymbol](interleaved: packet.unitSamples)
        let received = channel.apply(symbols, stream: packet.streamID, firstIndex: first)
        _ = packet.setUnitSamples(received.interleaved)
        return packet.serialized()
    }

    func send(_ datagrams: [[UInt8]]) throws {
        for datagram in datagrams { try socket.send(datagram, to: peer) }
    }

    /// The next report.
    func report() async throws -> TransferReport {
        while let datagram = await arriving.next() {
            if case .report(let report) = try opener.open(datagram.bytes).content { return report }
        }
        throw ChannelError.eof
    }

    func close() async {
        await socket.close()
    }
}
