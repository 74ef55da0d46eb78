import Channel
import Wire

/// The air between the ends of an evaluation: the daemons' modem with its pilots and interleaver, 16-bit samples, the
/// relay's noise and fading, and the receiver's estimate of them.
struct SimulatedLink {
    /// Transmissions in a row without a signal after which the channel is given up.
    static let mostRepeats = 100

    /// Symbols a second.
    private static let rate = 1e6

    private let seed: UInt64
    private let fading: Fading?
    private let isGenie: Bool
    private var transmissions: UInt32 = 0
    /// Transmissions in which the receiver found no signal, and which were sent again.
    private(set) var repeats = 0
    /// Es/N0 in dB as the receiver estimated it last.
    private(set) var estimatedSNR: Double?

    /// - Parameters:
    ///   - seed: of the noise.
    ///   - fading: what the symbols are multiplied by besides.
    ///   - isGenie: the receiver is told the SNR in place of its estimate.
    init(seed: UInt64, fading: Fading? = nil, isGenie: Bool = false) {
        self.seed = seed
        self.fading = fading
        self.isGenie = isGenie
    }

    /// Reals as the receiver has them, sent again while it hears nothing.
    ///
    /// - Parameters:
    ///   - reals: a code word.
    ///   - snr: Es/N0 in dB; no noise but the rounding of samples when nil.
    /// - Throws: `ChannelEstimationError.noSignal` when there is too much noise to hear anything.
    mutating func received(_ reals: [Float], snr: Double?) throws(ChannelEstimationError) -> EqualizedReals {
        // A symbol carries two.
        let padding = [Float](repeating: 0, count: reals.count % 2)
        let modem = Modem(realCount: reals.count + padding.count, layoutSeed: seed)
        let sent = modem.modulate(reals + padding)
        var failed = 0
        while true {
            transmissions &+= 1
            let (samples, erased) = samples(sent.symbols, snr: snr)
            do {
                let genie = isGenie ? snr.map(ChannelEstimate.genie) : nil
                let (estimate, found) = try modem.demodulate(samples, erased: erased, scale: sent.scale, genie: genie)
                estimatedSNR = estimate.snrDB
                return EqualizedReals(
                    values: Array(found.values.prefix(reals.count)),
                    noiseVariance: Array(found.noiseVariance.prefix(reals.count))
                )
            } catch {
                failed += 1
                repeats += 1
                guard error == .noSignal, failed < Self.mostRepeats else { throw error }
            }
        }
    }

    /// The seed of one face's noise: FNV-1a of its name, from `start` on.
    static func seed(of face: String, from start: UInt64) -> UInt64 {
        face.utf8.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// Symbols as the receiver's samples have them; those that would clip are not sent.
    private func samples(_ sent: [ComplexSymbol], snr: Double?) -> (symbols: [ComplexSymbol], erased: [Bool]) {
        let erased = sent.map {
            DIFIDataPacket.isBeyondFullScale($0.i) || DIFIDataPacket.isBeyondFullScale($0.q)
        }
        let rounded = Self.rounded(sent)
        guard let snr else { return (rounded, erased) }
        let channel = AWGNChannel(snrDB: snr, seed: seed)
        let gains = fading?.gains(sent.count, at: SymbolRun(stream: transmissions, firstIndex: 0, rate: Self.rate))
        let faded = gains.map { zip($0, rounded).map { $0 * $1 } } ?? rounded
        return (Self.rounded(channel.apply(faded, stream: transmissions, firstIndex: 0)), erased)
    }

    private static func rounded(_ symbols: [ComplexSymbol]) -> [ComplexSymbol] {
        var packet = DIFIDataPacket(streamID: 0, count: 0, timestamp: .init(seconds: 0), samples: [0, 0])
        _ = packet.setUnitSamples(symbols.interleaved)
        return [ComplexSymbol](interleaved: packet.unitSamples)
    }
}
