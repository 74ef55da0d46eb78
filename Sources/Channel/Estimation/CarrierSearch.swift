import Glibc

/// How fast the received pilots turn.
enum CarrierSearch {
    /// Offsets worth trying, in cycles a symbol: where the pilots' spectrum is highest (maximum likelihood of a steady tone;
    /// Rife and Boorstyn, 1974), and what neighbours turn by on average, which fading does not mind. Within half a turn
    /// between pilots.
    static func candidates(_ pilots: PilotObservations) -> [Double] {
        guard pilots.count > 1, let first = pilots.places.first, let last = pilots.places.last else { return [] }
        let span = last - first
        let distance = span / Double(pilots.count - 1)
        let limit = 0.5 / distance
        var step = 0.25 / span
        var best = (power: 0.0, frequency: 0.0)
        let most = Int(limit / step)
        let turns = pilots.places.map { DoubleSymbol.phasor(-2 * .pi * step * $0) }
        var turned = pilots.derotated(by: -Double(most) * step).values
        for number in -most...most {
            let power = turned.reduce(DoubleSymbol.zero, +).power
            if power > best.power { best = (power, Double(number) * step) }
            for index in turned.indices { turned[index] = turned[index] * turns[index] }
        }
        while step > 0.002 / span {
            step /= 2
            for frequency in [best.frequency - step, best.frequency + step] {
                let power = power(pilots, frequency)
                if power > best.power { best = (power, frequency) }
            }
        }
        var lagged = DoubleSymbol.zero
        for index in 1..<pilots.count where pilots.places[index] - pilots.places[index - 1] < 1.5 * distance {
            lagged = lagged + pilots.values[index] * pilots.values[index - 1].conjugate
        }
        let turn = atan2(lagged.q, lagged.i) / (2 * .pi * distance)
        let found = abs(turn - best.frequency) * span > 0.1 ? [best.frequency, turn] : [best.frequency]
        return found.filter { abs($0) * span > 0.02 }
    }

    /// `|Σ z·e^(−2πi·f·t)|²`.
    private static func power(_ pilots: PilotObservations, _ frequency: Double) -> Double {
        pilots.derotated(by: frequency).values.reduce(DoubleSymbol.zero, +).power
    }
}
