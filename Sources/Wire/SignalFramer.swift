/// A transmission as datagrams, in the order in which they are to be sent.
public struct FramedSignal: Sendable, Equatable {
    public var datagrams: [[UInt8]]
    /// Components beyond full scale.
    public var clipped: Int
}

/// Turns the symbols of a transmission and its side information into datagrams.
public struct SignalFramer: Sendable {
    /// Numbers and keys of the sealed packets.
    public private(set) var sealer: PacketSealer
    private let sideStreamID: UInt32
    private let symbolsPerPacket: Int
    private var sideCount: UInt8 = 0

    /// - Parameters:
    ///   - sideStreamID: the stream of the side information; no signal stream may have it.
    ///   - symbolsPerPacket: 1…350; what one lost datagram costs.
    public init(sealer: PacketSealer, sideStreamID: UInt32, symbolsPerPacket: Int = 40) throws(WireError) {
        guard (1...DIFIDataPacket.maximumSamples).contains(symbolsPerPacket) else {
            throw .outOfRange("a packet carries 1 to \(DIFIDataPacket.maximumSamples) symbols")
        }
        self.sealer = sealer
        self.sideStreamID = sideStreamID
        self.symbolsPerPacket = symbolsPerPacket
    }

    /// Seals side information under `key` from now on.
    public mutating func use(_ key: PreSharedKey) {
        sealer.use(key)
    }

    /// Version, context, side information, half of the data, side information, the other half, side information.
    ///
    /// - Parameter samples: `2 · side.symbolCount` reals I, Q, I, Q… in units of the nominal RMS.
    public mutating func frame(_ samples: [Float], side: SideInformation) throws(WireError) -> FramedSignal {
        guard samples.count == 2 * side.symbolCount else {
            throw .outOfRange("\(samples.count) reals are not the \(side.symbolCount) symbols of the side information")
        }
        guard side.signalStreamID != sideStreamID else {
            throw .outOfRange("signal and side information have different stream ids")
        }
        sealer.beginGroup()
        let start = DIFITimestamp(seconds: side.startSecond)
        let streamID = side.signalStreamID
        let context = DIFIContextPacket(
            streamID: streamID,
            count: 0,
            timestamp: start,
            sampleRateHz: Double(side.sampleRate)
        )
        var datagrams = [
            DIFIVersionPacket(streamID: streamID, count: 0, timestamp: start).serialized(), context.serialized(),
            sealed(side, at: start),
        ]
        let starts = stride(from: 0, to: side.symbolCount, by: symbolsPerPacket)
        let packetCount = (side.symbolCount + symbolsPerPacket - 1) / symbolsPerPacket
        var clipped = 0
        for (number, first) in starts.enumerated() {
            if number == packetCount / 2 { datagrams.append(sealed(side, at: start)) }
            var packet = DIFIDataPacket(
                streamID: streamID,
                count: UInt8(number & 0xF),
                timestamp: .ofSample(UInt64(first), rate: side.sampleRate, startSecond: side.startSecond),
                samples: [0, 0]
            )
            let last = min(first + symbolsPerPacket, side.symbolCount)
            clipped += packet.setUnitSamples(Array(samples[2 * first..<2 * last]))
            datagrams.append(packet.serialized())
        }
        datagrams.append(sealed(side, at: start))
        return FramedSignal(datagrams: datagrams, clipped: clipped)
    }

    private mutating func sealed(_ side: SideInformation, at timestamp: DIFITimestamp) -> [UInt8] {
        defer { sideCount = (sideCount + 1) & 0xF }
        return sealer.seal(side, streamID: sideStreamID, count: sideCount, at: timestamp)
    }
}
