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

/// Undoes gain and scale, and says how much each value is worth.
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

    /// The same with a gain for each symbol: `x̂ = scale · y / ĥ`, with error variance
    /// `scale² · (N0 + E|ĥ − h|²) / (2·|ĥ|²)` per real. A symbol in a deep fade counts for little, and is erased where nothing
    /// of it arrived. With the code's covariance behind it (`LatentEstimator`) this is the MMSE equaliser.
    static func equalize(_ frame: ReceivedFrame, track: ChannelTrack, scale: Float) -> EqualizedReals {
        guard let gains = track.gains else { return equalize(frame, estimate: track.estimate, scale: scale) }
        var values: [Float] = []
        var variances: [Float] = []
        values.reserveCapacity(2 * frame.data.count)
        variances.reserveCapacity(2 * frame.data.count)
        for (index, y) in frame.data.enumerated() {
            let (gain, power) = (gains[index], gains[index].power)
            let error = (track.estimate.noiseVariance + track.variances[index]) / (2 * power)
            let variance = Float(Double(scale) * Double(scale) * error)
            if frame.dataErased[index] || !variance.isFinite {
                values += [0, 0]
                variances += [.infinity, .infinity]
            } else {
                let x = Double(scale) / power * (DoubleSymbol(y) * gain.conjugate)
                values += [Float(x.i), Float(x.q)]
                variances += [variance, variance]
            }
        }
        return EqualizedReals(values: values, noiseVariance: variances)
    }
}
