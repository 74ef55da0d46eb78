/// A point in time as VITA-49 carries it: UTC seconds since 1970 and picoseconds.
package struct DIFITimestamp: Sendable, Hashable, Comparable, Codable {
    package var seconds: UInt32
    /// Below 10¹².
    package var picoseconds: UInt64

    static let picosecondsPerSecond: UInt64 = 1_000_000_000_000

    /// - Precondition: `picoseconds` is below 10¹².
    package init(seconds: UInt32, picoseconds: UInt64 = 0) {
        precondition(picoseconds < Self.picosecondsPerSecond, "a second has 10¹² picoseconds")
        self.seconds = seconds
        self.picoseconds = picoseconds
    }

    package static func < (a: DIFITimestamp, b: DIFITimestamp) -> Bool {
        (a.seconds, a.picoseconds) < (b.seconds, b.picoseconds)
    }

    /// When sample `n` of a transmission starts that began on the whole second `startSecond`, to the nearest picosecond.
    ///
    /// - Precondition: `rate` (in Hz) is positive.
    package static func ofSample(_ n: UInt64, rate: UInt32, startSecond: UInt32) -> DIFITimestamp {
        precondition(rate > 0, "a sample rate is positive")
        let rate = UInt64(rate)
        let product = (n % rate).multipliedFullWidth(by: picosecondsPerSecond)
        let (quotient, remainder) = rate.dividingFullWidth(product)
        let rounded = quotient + (2 * remainder >= rate ? 1 : 0)
        return DIFITimestamp(
            seconds: startSecond &+ UInt32(truncatingIfNeeded: n / rate + rounded / picosecondsPerSecond),
            picoseconds: rounded % picosecondsPerSecond
        )
    }

    /// The sample that starts at this fraction of its second, or nil off the grid (by more than a picosecond).
    ///
    /// Transmissions begin on a whole second and last at most one, so this is the place within the transmission.
    package func sampleIndex(rate: UInt32) -> UInt64? {
        guard rate > 0 else { return nil }
        let product = picoseconds.multipliedFullWidth(by: UInt64(rate))
        let (quotient, remainder) = Self.picosecondsPerSecond.dividingFullWidth(product)
        if remainder <= UInt64(rate) { return quotient }
        if remainder >= Self.picosecondsPerSecond - UInt64(rate) { return quotient + 1 }
        return nil
    }
}
