import Foundation

/// The test of Kolmogorov and Smirnov: the largest distance between an empirical distribution and the expected one, times
/// √n. Above 1.95 it happens once in a thousand.
func kolmogorovSmirnov(_ samples: [Double], _ cumulative: (Double) -> Double) -> Double {
    let n = Double(samples.count)
    let distance = samples.sorted().enumerated().reduce(0.0) { most, next in
        let expected = cumulative(next.element)
        return max(most, abs(expected - Double(next.offset) / n), abs(Double(next.offset + 1) / n - expected))
    }
    return distance * n.squareRoot()
}

/// A normal number's chance to be below x.
func normalCumulative(_ x: Double, variance: Double) -> Double { 0.5 * erfc(-x / (2 * variance).squareRoot()) }
