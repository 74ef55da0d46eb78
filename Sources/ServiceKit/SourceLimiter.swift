/// A token bucket for each source, so that one that floods cannot take the place of the others.
///
/// A value type without a clock. At most `mostSources` are told apart; when a further one appears, one whose bucket is
/// full again is forgotten, and while there is none, all unknown sources share one bucket.
package struct SourceLimiter<Source: Hashable & Sendable>: Sendable {
    private struct Bucket: Sendable {
        var tokens: Double
        var at: Duration
    }

    private let rate: Double
    private let burst: Double
    private let mostSources: Int
    private var buckets: [Source: Bucket] = [:]
    private var shared: Bucket
    private var nextSweep: Duration = .zero

    /// - Parameters:
    ///   - rate: events a second that a source may have for long.
    ///   - burst: events it may have at once.
    package init(rate: Double, burst: Double, mostSources: Int = 4096) {
        self.rate = rate
        self.burst = burst
        self.mostSources = mostSources
        shared = Bucket(tokens: burst, at: .zero)
    }

    /// Whether one more event of `source` is within its limit; counts it if so.
    ///
    /// - Parameter now: from any origin, not before that of an earlier call.
    package mutating func admit(_ source: Source, at now: Duration) -> Bool {
        if buckets[source] == nil, buckets.count >= mostSources, now >= nextSweep {
            buckets = buckets.filter { refilled($0.value, at: now).tokens < burst }
            // A sweep looks at every bucket: not for each datagram of a flood from forged addresses.
            nextSweep = now + .seconds(1)
        }
        guard buckets[source] != nil || buckets.count < mostSources else { return take(&shared, at: now) }
        return take(&buckets[source, default: Bucket(tokens: burst, at: now)], at: now)
    }

    private func take(_ bucket: inout Bucket, at now: Duration) -> Bool {
        bucket = refilled(bucket, at: now)
        guard bucket.tokens >= 1 else { return false }
        bucket.tokens -= 1
        return true
    }

    private func refilled(_ bucket: Bucket, at now: Duration) -> Bucket {
        let seconds = (now - bucket.at) / .seconds(1)
        return Bucket(tokens: min(burst, bucket.tokens + max(0, seconds) * rate), at: now)
    }
}
