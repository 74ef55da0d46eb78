import Glibc

/// Finds what makes the pilots most likely.
enum GainSearch {
    /// Choices that are told apart, roughly: what the best of them says is worth so many nats less.
    private static let choices = log(200.0)
    /// Mean power over N0, in steps of 5 dB.
    private static let powers = (-3...12).map { pow(10, Double($0) / 2) }
    /// Shares of the power that vary.
    private static let shares = [1, 0.5, 0.2, 0.05, 0.02, 0.005, 0.001]

    /// A gain that stays.
    static func constant(_ pilots: PilotObservations) -> (process: GainProcess, evidence: Double) {
        best(powers.map { GainProcess(kind: .rough, scale: 1, varying: 0, constant: $0) }, pilots)
    }

    /// A gain that varies, uphill from a slow and from a fast one.
    static func varying(
        _ pilots: PilotObservations,
        kind: GainProcess.Kind
    ) -> (process: GainProcess, evidence: Double) {
        guard let first = pilots.places.first, let last = pilots.places.last else { return constant(pilots) }
        let distance = (last - first) / Double(max(pilots.count - 1, 1))
        // From half a distance between pilots up to eight times the transmission.
        let most = Int(log2(8 * (last - first) / distance)) + 1
        let scales = (-1...max(most, 0)).map { distance * pow(2, Double($0)) }
        func process(_ at: [Int]) -> GainProcess {
            let (power, share) = (powers[at[1]], shares[at[2]])
            return GainProcess(kind: kind, scale: scales[at[0]], varying: power * share, constant: power * (1 - share))
        }
        let sizes = [scales.count, powers.count, shares.count]
        var known: [[Int]: Double] = [:]
        func evidence(_ at: [Int]) -> Double {
            if let value = known[at] { return value }
            let value = GainSmoother.evidence(of: process(at), pilots).log
            known[at] = value
            return value
        }
        let starts = [[min(3, sizes[0] - 1), 7, 0], [sizes[0] * 2 / 3, 7, 0], [sizes[0] / 2, 7, 4]]
        var best = (at: starts[0], evidence: -Double.infinity)
        for start in starts {
            var here = (at: start, evidence: evidence(start))
            while true {
                var next = here
                for axis in 0..<3 {
                    for move in [-1, 1] {
                        var at = here.at
                        at[axis] += move
                        guard (0..<sizes[axis]).contains(at[axis]) else { continue }
                        let value = evidence(at)
                        if value > next.evidence { next = (at, value) }
                    }
                }
                guard next.evidence > here.evidence else { break }
                here = next
            }
            if here.evidence > best.evidence { best = here }
        }
        return (process(best.at), best.evidence - choices)
    }

    private static func best(
        _ processes: [GainProcess],
        _ pilots: PilotObservations
    ) -> (process: GainProcess, evidence: Double) {
        var best = (process: processes[0], evidence: -Double.infinity)
        for process in processes {
            let evidence = GainSmoother.evidence(of: process, pilots).log
            if evidence > best.evidence { best = (process, evidence) }
        }
        return best
    }
}
