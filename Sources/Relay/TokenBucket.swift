import ControlAPI
import ServiceKit

/// A rate limit with a bounded queue.
///
/// `level` bytes may pass at once; it grows at the rate up to the bucket's depth. A packet takes its bytes at once and
/// waits for those that were not there, so that a negative level is what waits before it.
struct TokenBucket: Sendable {
    /// Slower limits count as this one, in kbit/s, so that no packet has to wait for longer than a duration can say.
    private static let slowest = 0.01

    private var level: Double?
    private var filled = Duration.zero

    /// Takes a packet's bytes.
    ///
    /// - Returns: how long the packet has to wait, or nil when it would be for more than the queue holds.
    mutating func take(_ bytes: Int, at now: Duration, _ faults: PacketFaults) -> Duration? {
        guard faults.rateKilobits > 0 else {
            level = nil
            return .zero
        }
        let bytesPerSecond = max(Self.slowest, faults.rateKilobits) * 125
        let elapsed = max(.zero, now - filled) / .seconds(1)
        let available = min(faults.rateBurstBytes, (level ?? faults.rateBurstBytes) + elapsed * bytesPerSecond)
        filled = now
        let missing = max(0, Double(bytes) - available)
        guard missing <= faults.rateQueueBytes else {
            level = available
            return nil
        }
        level = available - Double(bytes)
        return .seconds(missing / bytesPerSecond)
    }
}
