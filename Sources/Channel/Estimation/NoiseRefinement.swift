import Glibc

/// N0 from the pilots and from the power of the data together.
///
/// The data's mean power is 1 (`PowerNormalizer`), so what they have more than the gain's is noise. At low SNR that says as
/// much as the pilots; at high SNR next to nothing, and the pilots alone know N0 to within 1/√P (0.54 dB with 64).
enum NoiseRefinement {
    /// A difference of so many standard deviations says that the data's power is not what it should be.
    private static let mostDeviations = 3.0

    /// The track with a better N0, or the same where data are missing or of another power.
    static func refine(_ track: ChannelTrack, _ frame: ReceivedFrame) -> ChannelTrack {
        let (count, pilots) = (Double(frame.data.count), Double(track.estimate.pilotsUsed))
        let old = track.estimate
        guard count > 0, !frame.dataErased.contains(true) else { return track }
        let steady = old.gainI * old.gainI + old.gainQ * old.gainQ
        let isNominal = track.gains == nil && old.gainI == 1 && old.gainQ == 0
        let powers = track.gains?.map(\.power) ?? []
        let gain = powers.isEmpty ? steady : powers.reduce(0, +) / count
        let uncertainty =
            track.gains == nil
            ? (isNominal ? 0 : old.noiseVariance / pilots) : track.variances.reduce(0, +) / count
        let spread = powers.reduce(0) { $0 + ($1 - gain) * ($1 - gain) } / count
        let received = frame.data.reduce(0.0) { $0 + Double($1.power) } / count
        let ofData = received - gain + (track.gains == nil ? uncertainty : -uncertainty)
        var noise = old.noiseVariance
        for _ in 0..<3 {
            let pilotVariance = noise * noise / pilots
            let dataVariance = (2 * gain * noise + noise * noise + spread) / count + 2 * gain * uncertainty
            let deviation = (pilotVariance + dataVariance).squareRoot()
            guard abs(ofData - old.noiseVariance) < mostDeviations * deviation else { return track }
            let weight = pilotVariance / (pilotVariance + dataVariance)
            noise = max((1 - weight) * old.noiseVariance + weight * ofData, 0.25 * old.noiseVariance)
        }
        var refined = track
        refined.estimate.noiseVariance = noise
        refined.estimate.snrDB = old.snrDB + 10 * log10(old.noiseVariance / noise)
        return refined
    }
}
