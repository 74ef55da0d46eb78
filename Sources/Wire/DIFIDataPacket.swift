/// A DIFI 1.1 signal data packet with 16-bit complex samples.
package struct DIFIDataPacket: Sendable, Equatable {
    /// The integer amplitude of unit RMS: −12 dBFS, full scale being 32768.
    package static let unitRMS: Float = 32768 * 0.251_188_65
    /// Complex samples that fit a datagram on every path (1428 bytes of payload).
    package static let maximumSamples = 350

    package var streamID: UInt32
    /// Modulo 16; it only shows loss, never a place.
    package var count: UInt8
    /// When the first sample starts.
    package var timestamp: DIFITimestamp
    /// I, Q, I, Q…
    package var samples: [Int16]

    /// - Precondition: `samples` holds at least one I/Q pair and only whole ones.
    package init(streamID: UInt32, count: UInt8, timestamp: DIFITimestamp, samples: [Int16]) {
        precondition(!samples.isEmpty && samples.count.isMultiple(of: 2), "samples are I/Q pairs")
        self.streamID = streamID
        self.count = count & 0xF
        self.timestamp = timestamp
        self.samples = samples
    }

    package init(parsing datagram: [UInt8]) throws(WireError) {
        let header = try PacketHeader(parsing: datagram)
        try header.require(.data)
        guard datagram.count > PacketHeader.size else { throw .length(datagram.count) }
        streamID = header.streamID
        count = header.count
        timestamp = header.timestamp
        samples = stride(from: PacketHeader.size, to: datagram.count, by: 2).map {
            Int16(bitPattern: UInt16(datagram[$0]) << 8 | UInt16(datagram[$0 + 1]))
        }
    }

    /// The packet as a datagram.
    ///
    /// - Precondition: there are fewer than 65,529 samples; more than `maximumSamples` may not fit a path.
    package func serialized() -> [UInt8] {
        var writer = ByteWriter(capacity: PacketHeader.size + samples.count * 2)
        PacketHeader(kind: .data, count: count, streamID: streamID, timestamp: timestamp)
            .write(to: &writer, bodySize: samples.count * 2)
        for sample in samples { writer.write(sample) }
        return writer.bytes
    }

    /// The samples in units of the nominal RMS, I, Q, I, Q…
    package var unitSamples: [Float] {
        samples.map { Float($0) / Self.unitRMS }
    }

    /// Whether a component, in units of the nominal RMS, is beyond full scale; not-a-number counts.
    package static func isBeyondFullScale(_ value: Float) -> Bool {
        Int16(exactly: (value * unitRMS).rounded()) == nil
    }

    /// Replaces the samples by these, in units of the nominal RMS, rounded to nearest.
    ///
    /// - Returns: how many components were beyond full scale and have been clipped; not-a-number becomes 0 and counts.
    /// - Precondition: there is at least one I/Q pair and only whole ones.
    package mutating func setUnitSamples(_ values: [Float]) -> Int {
        precondition(!values.isEmpty && values.count.isMultiple(of: 2), "samples are I/Q pairs")
        var clipped = 0
        samples = values.map { value in
            let level = (value * Self.unitRMS).rounded()
            if let exact = Int16(exactly: level) { return exact }
            clipped += 1
            return level > 0 ? .max : level < 0 ? .min : 0
        }
        return clipped
    }
}
