import Glibc

/// A gain that stays for a while and then jumps, as under block fading: where it jumps is found by dynamic programming
/// (Jackson et al., "An algorithm for optimal partitioning of data on an interval", 2005).
struct PiecewiseGain: Sendable {
    /// A stretch must say so many nats more than its neighbours: it has a gain and a beginning.
    private static let price = 12.0
    /// Most pilots of one stretch.
    private static let mostPilots = 512

    /// The pilots of each stretch.
    let stretches: [Range<Int>]
    /// Mean power of the gain over N0.
    private let power: Double
    private let pilots: PilotObservations
    private let sums: [DoubleSymbol]
    /// As `GainSmoother.evidence`.
    let evidence: Double
    let noiseVariance: Double

    /// - Parameter pilots: two at least.
    init(_ pilots: PilotObservations) {
        self.pilots = pilots
        var (sums, energies) = ([DoubleSymbol.zero], [0.0])
        for value in pilots.values {
            sums.append(sums[sums.count - 1] + value)
            energies.append(energies[energies.count - 1] + value.power)
        }
        self.sums = sums
        let noise = Self.noise(between: pilots.values)
        stretches = Self.partition(pilots.count) { from, to in
            let sum = sums[to] - sums[from]
            return (energies[to] - energies[from] - sum.power / Double(to - from)) / noise
        }
        let count = Double(pilots.count)
        let stretches = stretches
        // The evidence for some mean power of the gains, with N0 integrated out.
        func evidence(_ power: Double) -> (log: Double, noise: Double) {
            var (energy, determinant) = (energies[pilots.count], 0.0)
            for stretch in stretches {
                let sum = sums[stretch.upperBound] - sums[stretch.lowerBound]
                let weight = 1 + power * Double(stretch.count)
                energy -= power / weight * sum.power
                determinant += log(weight)
            }
            let noise = max(energy / count, 1e-12)
            return (-determinant - count * log(noise), noise)
        }
        let best = stride(from: -10.0, through: 50, by: 5).map { pow(10, $0 / 10) }
            .map { (power: $0, evidence: evidence($0)) }
            .max { $0.evidence.log < $1.evidence.log }
        power = best?.power ?? 1
        // As many ways to place the jumps are equally likely beforehand.
        let jumps = Double(stretches.count - 1)
        let ways = lgamma(count) - lgamma(jumps + 1) - lgamma(count - jumps)
        self.evidence = (best?.evidence.log ?? -.infinity) - ways
        noiseVariance = best?.evidence.noise ?? 1
    }

    /// The gain at `count` places from 0 on. Between two stretches a symbol belongs to either.
    func track(count: Int) -> GainTrack {
        let known = stretches.map { stretch -> (gain: DoubleSymbol, variance: Double) in
            let weight = 1 + power * Double(stretch.count)
            let sum = sums[stretch.upperBound] - sums[stretch.lowerBound]
            return (power / weight * sum, noiseVariance * power / weight)
        }
        var track = GainTrack(gains: [], variances: [], noiseVariance: noiseVariance)
        var number = 0
        for place in 0..<count {
            while number + 1 < known.count, Double(place) >= pilots.places[stretches[number + 1].lowerBound] {
                number += 1
            }
            var (gain, variance) = known[number]
            let last = pilots.places[stretches[number].upperBound - 1]
            if number + 1 < known.count, Double(place) > last {
                let next = known[number + 1]
                let first = pilots.places[stretches[number + 1].lowerBound]
                // The jump is before this place or after it.
                let share = (Double(place) - last) / (first - last)
                variance =
                    (1 - share) * variance + share * next.variance + share * (1 - share) * (gain - next.gain).power
                gain = (1 - share) * gain + share * next.gain
            }
            track.gains.append(gain)
            track.variances.append(variance)
        }
        return track
    }

    /// N0 from what neighbours differ by; the median does not mind jumps.
    private static func noise(between values: [DoubleSymbol]) -> Double {
        let differences = zip(values, values.dropFirst()).map { ($0 - $1).power }.sorted()
        return max(differences[differences.count / 2] / (2 * log(2.0)), 1e-12)
    }

    /// The stretches that cost least, with the price of each.
    private static func partition(_ count: Int, cost: (Int, Int) -> Double) -> [Range<Int>] {
        var best = [-price]
        var begins = [0]
        for end in 1...count {
            var least = (cost: Double.infinity, begin: 0)
            for begin in max(0, end - mostPilots)..<end {
                let total = best[begin] + price + cost(begin, end)
                if total < least.cost { least = (total, begin) }
            }
            best.append(least.cost)
            begins.append(least.begin)
        }
        var stretches: [Range<Int>] = []
        var end = count
        while end > 0 {
            stretches.append(begins[end]..<end)
            end = begins[end]
        }
        return stretches.reversed()
    }
}
