/// Exponential back-off: seconds to wait after each sending before the next.
package struct RetrySchedule: Sendable, Equatable {
    /// Seconds after the first sending.
    package let first: Double
    /// Most seconds between two sendings.
    package let longest: Double

    package init(first: Double, longest: Double) {
        self.first = first
        self.longest = longest
    }

    /// Seconds to wait after sending number `attempt`, counted from 1: doubles up to `longest`.
    package func wait(afterAttempt attempt: Int) -> Double {
        min(longest, first * Double(1 << min(max(attempt, 1) - 1, 30)))
    }
}
