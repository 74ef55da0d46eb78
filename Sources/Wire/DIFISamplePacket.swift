import CKernels

/// A DIFI signal data packet of any sample format and time stamp that the standard allows, with all that is in it.
package struct DIFISamplePacket: Sendable {
    package let streamID: UInt32
    /// The integer seconds of its time stamp, whichever clock they are of.
    package let seconds: UInt32
    private let header: PacketHeader
    private var datagram: [UInt8]

    /// - Throws: `WireError` saying what is not as DIFI has it.
    package init(parsing datagram: [UInt8]) throws(WireError) {
        header = try PacketHeader(parsing: datagram, dialect: .difi)
        try header.require(.data)
        guard datagram.count > PacketHeader.size else { throw .length(datagram.count) }
        (streamID, seconds, self.datagram) = (header.streamID, header.seconds, datagram)
    }

    /// Whether a datagram calls itself a VITA-49 signal data packet, with a stream id or without, whatever is wrong with it.
    package static func claims(_ datagram: [UInt8]) -> Bool {
        datagram.count >= 8 && datagram[0] >> 4 <= 1
            && 4 * (Int(datagram[2]) << 8 | Int(datagram[3])) == datagram.count
    }

    /// The place of its first sample, if sample 0 is at the beginning of the second `origin`. Off the sample grid it is that
    /// of the nearest one.
    package func sampleIndex(rate: SampleRate, origin: UInt32) -> UInt64 {
        let passed = Int64(seconds) - Int64(origin)
        switch header.clock.fraction {
        case .picoseconds: return rate.index(seconds: passed, picoseconds: header.fraction)
        case .sampleCount: return rate.index(seconds: passed, picoseconds: 0) &+ header.fraction
        }
    }

    /// The samples in units of the nominal RMS, I, Q, I, Q…
    package func unitSamples(_ format: SampleFormat) -> [Float] {
        if format == .int16 { return unitSamplesOf16Bits }
        return format.items(in: datagram[PacketHeader.size...], bits: bits).map { Float($0) / format.unitRMS }
    }

    /// Replaces the samples by as many others, in units of the nominal RMS, rounded to nearest.
    ///
    /// - Returns: how many components were beyond full scale and have been clipped; not-a-number becomes 0 and counts.
    package mutating func setUnitSamples(_ values: [Float], _ format: SampleFormat) -> Int {
        if format == .int16 { return setUnitSamplesOf16Bits(values) }
        let full = Float(1 << (format.itemBits - 1))
        var clipped = 0
        let items = values.map { value -> Int32 in
            let level = (value * format.unitRMS).rounded()
            if level >= -full, level < full { return Int32(level) }
            clipped += 1
            return level > 0 ? Int32(full) - 1 : level < 0 ? -Int32(full) : 0
        }
        format.replace(items, in: &datagram[PacketHeader.size...], bits: bits)
        return clipped
    }

    // Nearly all samples have 16 bits: kernels take a hundredth of the time that `SampleFormat` does.

    private var unitSamplesOf16Bits: [Float] {
        let count = bits / 32 * 2
        return datagram.withUnsafeBytes { bytes in
            [Float](unsafeUninitializedCapacity: count) { values, initialized in
                guard let first = bytes.baseAddress, let target = values.baseAddress else { return }
                ck_unpack_int16(first + PacketHeader.size, count, SampleFormat.int16.unitRMS, target)
                initialized = count
            }
        }
    }

    private mutating func setUnitSamplesOf16Bits(_ values: [Float]) -> Int {
        let count = min(values.count, bits / 32 * 2)
        return datagram.withUnsafeMutableBytes { bytes in
            guard let first = bytes.baseAddress else { return 0 }
            return ck_pack_int16(values, count, SampleFormat.int16.unitRMS, first + PacketHeader.size)
        }
    }

    /// The packet as a datagram, the same but for its samples.
    package func serialized() -> [UInt8] { datagram }

    private var bits: Int { max(0, 8 * (datagram.count - PacketHeader.size) - Int(header.padBits)) }
}
