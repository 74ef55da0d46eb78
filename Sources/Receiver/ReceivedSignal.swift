import Channel

/// What a transmission looked like, for people: `signal.json`.
package struct ReceivedSignal: Codable, Sendable, Equatable {
    /// Most points of a kind; of more, those that came first.
    static let most = 1024

    /// The data symbols without the channel, I and Q of each, of unit mean power. Those that never arrived are missing.
    package let symbols: [[Float]]
    /// The channel's gain as each pilot that arrived shows it, noise and all.
    package let pilots: [[Float]]

    /// - Parameters:
    ///   - reals: what was received, at the transmitter's scale.
    ///   - scale: what the transmitter's reals were divided by.
    ///   - gains: one for each pilot.
    init(_ reals: EqualizedReals, scale: Float, gains: [ComplexSymbol]) {
        let values = reals.values.map { $0 / scale }
        symbols = stride(from: 0, to: values.count - 1, by: 2)
            .lazy.filter { reals.noiseVariance[$0].isFinite && reals.noiseVariance[$0 + 1].isFinite }
            .prefix(Self.most).map { Self.point(values[$0], values[$0 + 1]) }
        pilots = gains.prefix(Self.most).map { Self.point($0.i, $0.q) }
    }

    /// To three places: it is to be looked at. JSON knows no infinity.
    private static func point(_ i: Float, _ q: Float) -> [Float] {
        [i, q].map { $0.isFinite ? (max(-1000, min(1000, $0)) * 1000).rounded() / 1000 : 0 }
    }
}
