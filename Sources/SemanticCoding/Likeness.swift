/// How like a photo the picture of its code is.
public struct Likeness: Sendable, Equatable {
    /// LPIPS (VGG16): smaller is nearer.
    public let lpips: Double
    /// Cosine of the SFace embeddings: 1 for the same face.
    public let cosine: Double

    /// A likeness of these figures.
    public init(lpips: Double, cosine: Double) {
        (self.lpips, self.cosine) = (lpips, cosine)
    }

    /// Least cosine at which SFace takes two pictures for one person (the OpenCV Zoo's threshold).
    public static let samePerson = 0.363

    /// How good a likeness is, in words.
    public enum Verdict: String, Sendable, CaseIterable {
        case good = "a good likeness"
        case fair = "a fair likeness"
        /// As of masks, profiles, paintings and what is no face.
        case poor = "a poor likeness: hardly the same person"
    }

    /// In words. Photos from the front are good: LPIPS 0.15 to 0.25, cosine 0.75 to 0.95.
    public var verdict: Verdict {
        if cosine < Self.samePerson || lpips > 0.45 { return .poor }
        return cosine >= 0.6 && lpips <= 0.32 ? .good : .fair
    }
}

extension Inversion {
    /// Nil where SFace has not looked.
    public var likeness: Likeness? { cosine.map { Likeness(lpips: lpips, cosine: $0) } }
}
