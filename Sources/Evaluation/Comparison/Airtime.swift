import Channel
import Wire

/// What one picture takes of the channel when nothing is lost.
package struct Airtime: Codable, Sendable, Equatable {
    /// k, the reals of the code word.
    package let reals: Int
    /// Complex symbols of it.
    package let symbols: Int
    /// Those, the pilots, and the sealed side information as QPSK.
    package let total: Int

    package init(reals: Int) {
        self.reals = reals
        symbols = (reals + 1) / 2
        total = symbols + PilotPattern.defaultPilotCount + SideInformation.sealedSize * 8 / 2
    }

    /// Channel bandwidth ratio (equation 5) by each of the three counts, of square pictures.
    ///
    /// - Parameter edge: in pixels.
    package func ratios(edge: Int) -> (reals: Double, symbols: Double, total: Double) {
        let values = Double(3 * edge * edge)
        return (Double(reals) / values, Double(symbols) / values, Double(total) / values)
    }
}
