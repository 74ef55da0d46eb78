import Glibc

/// What is expected of a gain along a transmission, before the pilots are looked at: a constant and a stationary Gaussian
/// process, both in units of the noise's power.
///
/// The state is (s, s′, s″, c) with the derivatives in units of the process' own rate; the gain is s + c.
struct GainProcess: Sendable, Equatable {
    /// The process' spectrum (Rasmussen and Williams, "Gaussian processes for machine learning", 2006, section 4.2.1).
    enum Kind: Sendable, Equatable, CaseIterable {
        /// Exponential autocorrelation: Wiener phase noise, sudden changes.
        case rough
        /// Matérn's of order 5/2: Doppler.
        case smooth
    }

    var kind: Kind
    /// The process' length scale, in symbols.
    var scale: Double
    /// Power of the process over N0.
    var varying: Double
    /// Power of the constant over N0.
    var constant: Double

    /// The gain's part of a state.
    static let gain = SIMD4<Double>(1, 0, 0, 1)

    /// The state's covariance when nothing is known.
    var prior: Matrix4 {
        switch kind {
        case .rough: Matrix4(diagonal: SIMD4(varying, 0, 0, constant))
        case .smooth:
            Matrix4(
                SIMD4(varying, 0, -varying / 3, 0),
                SIMD4(0, varying / 3, 0, 0),
                SIMD4(-varying / 3, 0, varying, 0),
                SIMD4(0, 0, 0, constant)
            )
        }
    }

    /// How a state goes on over a distance in symbols.
    func transition(over distance: Double) -> Matrix4 {
        switch kind {
        case .rough: return Matrix4(diagonal: SIMD4(exp(-distance / scale), 0, 0, 1))
        case .smooth:
            let u = 5.0.squareRoot() * distance / scale
            let (decay, half) = (exp(-u), u * u / 2)
            // e^(−u)·(1 + u·N + u²/2·N²) with N = F + 1, which is nilpotent.
            return Matrix4(
                decay * SIMD4(1 + u + half, -half, half - u, 0),
                decay * SIMD4(u + 2 * half, 1 + u - 2 * half, 2 * half - 3 * u, 0),
                decay * SIMD4(half, u - half, 1 - 2 * u + half, 0),
                SIMD4(0, 0, 0, 1)
            )
        }
    }
}
