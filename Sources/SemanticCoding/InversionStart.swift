/// Where an inversion begins.
public enum InversionStart: String, Codable, Sendable, CaseIterable {
    /// At what `LearnedStart` makes of the photo: expanded codes only.
    case encoder
    /// At the mean of the codes.
    case mean
}
