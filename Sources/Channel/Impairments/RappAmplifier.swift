import Glibc

/// The soft limit of a solid-state power amplifier (Rapp, "Effects of HPA nonlinearity on a 4-DPSK/OFDM signal", 1991): the
/// amplitude a becomes `a / (1 + (a/A)^(2p))^(1/(2p))`, the phase stays.
public struct RappAmplifier: Sendable, Equatable {
    private let saturation: Double
    private let smoothness: Double

    /// - Parameters:
    ///   - backoffDB: how far the saturation power A² lies above the nominal power 1, in dB.
    ///   - smoothness: p, above zero; large ones make a hard limit, 2 or 3 are common.
    public init(backoffDB: Double, smoothness: Double) {
        saturation = pow(10, backoffDB / 20)
        self.smoothness = smoothness
    }

    /// The amplifier's answer to each symbol.
    public func apply(_ symbols: inout [ComplexSymbol]) {
        for index in symbols.indices {
            let drive = Double(symbols[index].power).squareRoot() / saturation
            // Far beyond saturation the power would overflow, and the limit is 1/drive.
            let gain = drive < 1e3 ? pow(1 + pow(drive, 2 * smoothness), -0.5 / smoothness) : 1 / drive
            symbols[index] = Float(gain.isFinite && gain > 0 ? gain : 1 / drive) * symbols[index]
        }
    }
}
