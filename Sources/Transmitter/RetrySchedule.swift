/// Exponential back-off: seconds to wait after each sending before the next.
public struct RetrySchedule: Sendable, Equatable {
    /// Seconds after the first sending.
    public let first: Double
    /// Most seconds between two sendings.
    public let longest: Double

    public init(first: Double, longest: Double) {
        self.first = first
        self.longest = longest
    }

    /// Seconds to wait after sending number `attempt`, counted from 1: doubles up to `longest`.
    public func wait(afterAttempt attempt: Int) -> Double {
        min(longest, first * Double(1 << min(max(attempt, 1) - 1, 30)))
    }
}
