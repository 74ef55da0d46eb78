/// What goes on the air of an order, and what the receiver must know of it.
public struct CodeWord: Sendable, Equatable {
    /// k of them, not yet normalised.
    public let reals: [Float]
    /// SHA-256, 32 bytes, over what the decoder must have too.
    public let modelDigest: [UInt8]
    /// How it was made; nil for a codec that has no modes.
    public let mode: SemanticMode?
    /// Es/N0 in dB that it was made for; one without noise when nil.
    public let designSNR: Int?
    /// What its picture shows.
    public let edit: ExpectedEdit?
    /// SHA-256 of the channel adapters that it was made for; nil for none.
    public let adapterDigest: [UInt8]?
    /// SHA-256 of the picture that the receiver is to go on from; nil where it stands alone.
    public let baseDigest: [UInt8]?
    /// Whether a better one follows.
    public let isDraft: Bool

    /// A code word.
    public init(
        reals: [Float],
        modelDigest: [UInt8],
        mode: SemanticMode?,
        designSNR: Int? = nil,
        edit: ExpectedEdit? = nil,
        adapterDigest: [UInt8]? = nil,
        baseDigest: [UInt8]? = nil,
        isDraft: Bool = false
    ) {
        (self.baseDigest, self.isDraft) = (baseDigest, isDraft)
        (self.reals, self.modelDigest, self.mode) = (reals, modelDigest, mode)
        (self.designSNR, self.edit, self.adapterDigest) = (designSNR, edit, adapterDigest)
    }
}

/// What a received picture is to show.
public struct ExpectedEdit: Codable, Sendable, Equatable {
    /// One of `AttributePredictor.attributes`.
    public let attribute: String
    /// 0 to 5.
    public let degree: Int

    /// An edit.
    public init(attribute: String, degree: Int) {
        (self.attribute, self.degree) = (attribute, degree)
    }

    /// Degrees that a picture may be off and still show the edit.
    public static let tolerance = 1

    /// Whether a picture of these degrees shows it; nil where its attribute was not looked at.
    public func isShown(by degrees: [String: Int]) -> Bool? {
        degrees[attribute].map { abs($0 - degree) <= Self.tolerance }
    }
}
