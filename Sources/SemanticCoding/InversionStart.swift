/// Where an inversion begins.
public enum InversionStart: String, Codable, Sendable, CaseIterable {
    /// At what `FirstGuess` makes of the photo.
    case guess
    /// At the mean of W.
    case mean
}
