import Imaging

/// What a receiver has drawn, and what it makes of it.
public struct DecodedPicture: Sendable {
    /// As large as was asked for.
    public let picture: Picture
    /// The latent code behind it, and how well it is known.
    public let knowledge: CodeKnowledge
    /// How like the photo it probably is; nil where that cannot be told.
    public let likeness: ExpectedLikeness?
    /// The degree, 0 to 5, of each attribute as the picture shows it; empty where nobody looks.
    public let degrees: [String: Int]

    /// A picture.
    ///
    /// - Parameter variances: of the code's errors; unknown when empty.
    public init(
        picture: Picture,
        code: [Float],
        variances: [Float] = [],
        likeness: ExpectedLikeness? = nil,
        degrees: [String: Int] = [:]
    ) {
        (self.picture, self.likeness, self.degrees) = (picture, likeness, degrees)
        knowledge = CodeKnowledge(code: code, variances: variances)
    }

    /// The latent code behind it.
    public var code: [Float] { knowledge.code }
}
