/// A transmission as datagrams, in the order in which they are to be sent.
package struct FramedSignal: Sendable, Equatable {
    package var datagrams: [[UInt8]]
}

/// Turns the symbols of a transmission and its side information into datagrams.
package struct SignalFramer: Sendable {
    /// Numbers and keys of the sealed packets.
    package private(set) var sealer: PacketSealer
    private let sideStreamID: UInt32
    private let symbolsPerPacket: Int
    private var sideCount: UInt8 = 0

    /// - Parameters:
    ///   - sideStreamID: the stream of the side information; no signal stream may have it.
    ///   - symbolsPerPacket: 1…350; what one lost datagram costs.
    package init(sealer: PacketSealer, sideStreamID: UInt32, symbolsPerPacket: Int = 40) throws(WireError) {
        guard (1...DIFIDataPacket.maximumSamples).contains(symbolsPerPacket) else {
            throw .outOfRange("a packet carries 1 to \(DIFIDataPacket.maximumSamples) symbols")
        }
        self.sealer = sealer
        self.sideStreamID = sideStreamID
        self.symbolsPerPacket = symbolsPerPacket
    }

    /// Seals side information under `key` from now on.
    package mutating func use(_ key: PreSharedKey) {
        sealer.use(key)
    }

    /// How many symbols would clip: `SideInformation.unsentCount` of these samples.
    ///
    /// - Parameter samples: I, Q, I, Q… in units of the nominal RMS.
    package static func unsentCount(_ samples: [Float]) -> Int {
        (0..<samples.count / 2).count { clips(samples, $0) }
    }

    private static func clips(_ samples: [Float], _ symbol: Int) -> Bool {
        DIFIDataPacket.isBeyondFullScale(samples[2 * symbol])
            || DIFIDataPacket.isBeyondFullScale(samples[2 * symbol + 1])
    }

    /// The ranges of symbols that a packet each carries: whole packets, but for symbols that would clip.
    private func packets(_ samples: [Float]) -> [Range<Int>] {
        var packets: [Range<Int>] = []
        for symbol in 0..<samples.count / 2 where !Self.clips(samples, symbol) {
            let (last, isFirst) = (packets.count - 1, symbol.isMultiple(of: symbolsPerPacket))
            if last >= 0, !isFirst, packets[last].upperBound == symbol {
                packets[last] = packets[last].lowerBound..<symbol + 1
            } else {
                packets.append(symbol..<symbol + 1)
            }
        }
        return packets
    }

    /// Most copies of the side information in one transmission.
    package static let mostCopies = 3

    /// Version, context, side information, half of the data, side information, the other half, side information: that in the
    /// middle with three copies only, that at the end with two.
    ///
    /// Symbols that would clip are left out, which makes erasures of them.
    ///
    /// - Parameters:
    ///   - samples: `2 · side.symbolCount` reals I, Q, I, Q… in units of the nominal RMS.
    ///   - side: its `unsentCount` is that of the samples.
    ///   - copies: of the side information, 1 to 3. Without any of them a transmission cannot be read.
    package mutating func frame(
        _ samples: [Float],
        side: SideInformation,
        copies: Int = SignalFramer.mostCopies
    ) throws(WireError) -> FramedSignal {
        guard (1...Self.mostCopies).contains(copies) else { throw .outOfRange("1 to 3 copies of side information") }
        guard samples.count == 2 * side.symbolCount else {
            throw .outOfRange("\(samples.count) reals are not the \(side.symbolCount) symbols of the side information")
        }
        guard Self.unsentCount(samples) == Int(side.unsentCount) else {
            throw .outOfRange("\(Self.unsentCount(samples)) symbols would clip, not \(side.unsentCount)")
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
        let packets = packets(samples)
        for (number, symbols) in packets.enumerated() {
            if number == packets.count / 2, copies > 2 { datagrams.append(sealed(side, at: start)) }
            var packet = DIFIDataPacket(
                streamID: streamID,
                count: UInt8(number & 0xF),
                timestamp: .ofSample(
                    UInt64(symbols.lowerBound),
                    rate: side.sampleRate,
                    startSecond: side.startSecond
                ),
                samples: [0, 0]
            )
            _ = packet.setUnitSamples(Array(samples[2 * symbols.lowerBound..<2 * symbols.upperBound]))
            datagrams.append(packet.serialized())
        }
        if copies > 1 { datagrams.append(sealed(side, at: start)) }
        return FramedSignal(datagrams: datagrams)
    }

    private mutating func sealed(_ side: SideInformation, at timestamp: DIFITimestamp) -> [UInt8] {
        defer { sideCount = (sideCount + 1) & 0xF }
        return sealer.seal(side, streamID: sideStreamID, count: sideCount, at: timestamp)
    }
}
