/// Samples a second, as exactly as a context packet says it: in units of 2⁻²⁰ Hz.
package struct SampleRate: Sendable, Equatable {
    private let fixedPoint: UInt64

    /// In Hz.
    package var hertz: Double { Double(fixedPoint) / 0x1p20 }

    /// - Parameter hertz: 1 to 2⁴⁰.
    /// - Throws: `.outOfRange`.
    package init(hertz: Double) throws(WireError) {
        guard (1...0x1p40).contains(hertz) else { throw .outOfRange("a sample rate is 1 Hz to 2^40 Hz") }
        fixedPoint = UInt64((hertz * 0x1p20).rounded())
    }

    /// The sample that is nearest to a time: `seconds` after sample 0, and the fraction.
    func index(seconds: Int64, picoseconds: UInt64) -> UInt64 {
        let (whole, part) = (UInt64(bitPattern: seconds) &* (fixedPoint >> 20), seconds * Int64(fixedPoint & 0xF_FFFF))
        let product = picoseconds.multipliedFullWidth(by: fixedPoint)
        let fraction = Int64(DIFITimestamp.picosecondsPerSecond.dividingFullWidth(product).quotient)
        return whole &+ UInt64(bitPattern: (part + fraction + 0x8_0000) >> 20)
    }
}
