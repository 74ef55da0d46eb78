/// A code word as the channel left it.
public struct ReceivedCodeWord: Sendable {
    /// k reals, at the transmitter's scale; anything where erased.
    public let values: [Float]
    /// Of each value, at the same scale; infinite where erased.
    public let noiseVariance: [Float]
    /// The beginning of `CodeWord.modelDigest`.
    public let modelDigest: [UInt8]
    /// Es/N0 in dB that it was made for; one without noise when nil.
    public let designSNR: Int?
    /// Whether it was matched to the channel.
    public let isMatched: Bool
    /// Which channel adapters it was made for, by the beginning of their SHA-256.
    public let adapterDigest: [UInt8]?
    /// What is known of the code that it goes on from; nil where it stands alone.
    public let base: CodeKnowledge?

    /// A code word.
    public init(
        values: [Float],
        noiseVariance: [Float],
        modelDigest: [UInt8],
        designSNR: Int? = nil,
        isMatched: Bool = false,
        adapterDigest: [UInt8]? = nil,
        base: CodeKnowledge? = nil
    ) {
        self.base = base
        (self.values, self.noiseVariance, self.modelDigest) = (values, noiseVariance, modelDigest)
        (self.designSNR, self.isMatched, self.adapterDigest) = (designSNR, isMatched, adapterDigest)
    }
}

/// What a receiver knows of a code.
public struct CodeKnowledge: Sendable, Equatable {
    /// The best estimate of it.
    public let code: [Float]
    /// Of its errors along each of the codec's axes; empty where nobody knows.
    public let variances: [Float]

    /// What is known.
    public init(code: [Float], variances: [Float]) { (self.code, self.variances) = (code, variances) }
}
