import Glibc
import Networks
import Tensor

/// What a code becomes on its way: precoder, power constraint, white noise and the receiver's LMMSE estimate in one
/// differentiable step.
///
/// Along the axes of the codes all of it is one number each: x̂ = h·(g·x + s·n), h = g·λ / (g²·λ + σ²), with s the root mean
/// square of what is sent. The rotation of the values on the air makes no difference to white noise.
struct CodeChannel {
    /// How many numbers are sent.
    let dimension: Int
    private let mean, forward, back, gains, estimate: Variable
    /// √λ, and so what a code in units of its deviations is multiplied by.
    private let deviations: Variable
    private let noiseDeviation: Float

    /// - Parameter snr: Es/N0 in dB, which both ends know.
    init(_ axes: CodeAxes, snr: Double) {
        dimension = axes.mean.count
        let noiseVariance = pow(10, -snr / 10)
        noiseDeviation = Float(noiseVariance.squareRoot())
        func row(_ values: [Float]) -> Variable { Variable(Tensor(values, shape: [1, values.count])) }
        let gains = axes.allocation(noiseVariance: noiseVariance).gains
        mean = row(axes.mean)
        (forward, back) = (Variable(axes.forward), Variable(axes.back))
        self.gains = row(gains)
        estimate = row(
            zip(gains, axes.variances).map { gain, variance in
                gain > 0 ? gain * variance / (gain * gain * variance + Float(noiseVariance)) : 0
            }
        )
        deviations = row(axes.variances.map { $0.squareRoot() })
    }

    /// Codes in units of their deviations along the axes, [1, k], of codes [1, k].
    func whitened(_ code: Variable) -> Variable {
        (code - mean).linear(weight: forward)
            * Variable(Tensor(deviations.value.values.map { 1 / max($0, 1e-12) }, shape: [1, dimension]))
    }

    /// Codes [1, k] of whitened ones.
    func code(ofWhitened whitened: Variable) -> Variable {
        (whitened * deviations).linear(weight: back) + mean
    }

    /// The codes [n, k] that the receiver makes of a whitened one [1, k].
    ///
    /// - Parameter noise: k numbers of unit variance for each.
    func received(_ whitened: Variable, noise: [Float]) -> Variable {
        let arrived = (whitened * deviations * gains).arrived(noise: noise, deviation: noiseDeviation)
        return (arrived * estimate).linear(weight: back) + mean
    }
}

extension Variable {
    /// Values as white noise leaves them behind the power constraint (eq. 4 and 6), at their own scale.
    ///
    /// Their root mean square is no constant for the gradient: whatever is sent louder meets louder noise once the power is
    /// what it must be.
    ///
    /// - Parameters:
    ///   - noise: as many numbers of unit variance as there are values; or n times as many for one row of values, which then
    ///     arrives n times, each time in other noise.
    ///   - deviation: of the noise at unit mean power.
    package func arrived(noise: [Float], deviation: Float) -> Variable {
        self + Variable(Tensor(noise, shape: [noise.count / shape[1], shape[1]]))
            * (squared().mean() * deviation * deviation).squareRoot()
    }
}
