/// The code as observed: one value and one noise variance per real component.
public struct EqualizedReals: Sendable, Equatable {
    /// In the transmitter's units; 0 where erased.
    public var values: [Float]
    /// Variance of the error of each value; infinite where erased.
    public var noiseVariance: [Float]

    /// - Precondition: both have the same count.
    public init(values: [Float], noiseVariance: [Float]) {
        precondition(values.count == noiseVariance.count, "every value has a variance")
        self.values = values
        self.noiseVariance = noiseVariance
    }
}

/// Zero forcing: undoes gain and scale.
public enum Equalizer {
    /// `x̂ = scale · y / ĥ`, with error variance `scale² · N0 · (1 + 1/P) / (2·|ĥ|²)` per real; the term 1/P is the
    /// uncertainty of ĥ itself, kept for the nominal gain as a margin.
    public static func equalize(_ frame: ReceivedFrame, estimate: ChannelEstimate, scale: Float) -> EqualizedReals {
        let power = estimate.gainI * estimate.gainI + estimate.gainQ * estimate.gainQ
        let inverseI = Float(Double(scale) * estimate.gainI / power)
        let inverseQ = Float(Double(scale) * -estimate.gainQ / power)
        let uncertainty = 1 + 1 / Double(max(estimate.pilotsUsed, 1))
        let variance = Float(Double(scale) * Double(scale) * estimate.noiseVariance * uncertainty / (2 * power))
        var values: [Float] = []
        var variances: [Float] = []
        values.reserveCapacity(2 * frame.data.count)
        variances.reserveCapacity(2 * frame.data.count)
        for (y, erased) in zip(frame.data, frame.dataErased) {
            if erased {
                values += [0, 0]
                variances += [.infinity, .infinity]
            } else {
                values += [y.i * inverseI - y.q * inverseQ, y.i * inverseQ + y.q * inverseI]
                variances += [variance, variance]
            }
        }
        return EqualizedReals(values: values, noiseVariance: variances)
    }
}
