import Channel
import Imaging
import Networks
import SemanticCoding
import Synchronization

/// What one sentence of a conversation came to.
package struct ConversationScore: Sendable {
    /// Whether each sentence's face was sent anew, or went on from what the receiver had.
    package let isContinued: Bool
    /// Es/N0 in dB.
    package let snr: Int
    /// Counted from 1.
    package let turn: Int
    /// Reals sent, and all that they took of the channel in symbols.
    package let reals, airtime: Int
    /// LPIPS (VGG16) and SFace cosine of the received picture and the edited one before the channel.
    package let lpips, cosine: Double
    /// SFace cosine to the photo.
    package let cosineToPhoto: Double
    /// LPIPS to the picture that was received for the sentence before, and of the same two before the channel; nil for the first.
    package let change, changeWanted: Double?
    /// What the receiver expects: the probability of the same person.
    package let samePerson: Double?
    /// Whether the receiver sees the very degree, and one within 1 of it.
    package let isReached, isNear: Bool
}

/// Means over faces and seeds.
package struct ConversationSummary: Encodable, Sendable {
    let way: String
    let snr, turn, pictures: Int
    let reals, airtime, lpips, cosine, cosineToPhoto: Double
    let change, changeWanted: Double?
    let samePerson: Double?
    let reached, near: Double

    /// One for each way, SNR and turn.
    package static func all(of scores: [ConversationScore]) -> [ConversationSummary] {
        scores.grouped { $0.isContinued == $1.isContinued && $0.snr == $1.snr && $0.turn == $1.turn }
            .map { first, scores in
                func mean(_ value: (ConversationScore) -> Double?) -> Double? {
                    let values = scores.compactMap(value)
                    return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
                }
                return ConversationSummary(
                    way: first.isContinued ? "continued" : "anew",
                    snr: first.snr,
                    turn: first.turn,
                    pictures: scores.count,
                    reals: mean { Double($0.reals) } ?? 0,
                    airtime: mean { Double($0.airtime) } ?? 0,
                    lpips: mean(\.lpips) ?? 0,
                    cosine: mean(\.cosine) ?? 0,
                    cosineToPhoto: mean(\.cosineToPhoto) ?? 0,
                    change: mean(\.change),
                    changeWanted: mean(\.changeWanted),
                    samePerson: mean(\.samePerson),
                    reached: mean { $0.isReached ? 1 : 0 } ?? 0,
                    near: mean { $0.isNear ? 1 : 0 } ?? 0
                )
            }
    }
}

/// Says sentence after sentence about one photo, through the daemons' codec and modem.
package struct ConversationEvaluation {
    private let encoder: EditingEncoder
    private let decoder: EditingDecoder
    private let editor: FaceEditor
    private let lpips: LPIPS
    private let identity: IdentityNet

    /// Loads the networks.
    ///
    /// - Throws: `ModelStoreError`, `PrecodingError`.
    package init(models: ModelStore, settings: SemanticSettings) throws {
        editor = try FaceEditor(models: models, settings: settings)
        encoder = EditingEncoder(editors: [editor], mode: settings.mode, resolution: AttributePredictor.edge)
        decoder = try EditingDecoder(
            space: editor.space,
            student: models.student(),
            predictor: models.attributePredictor(),
            likeness: models.likeness(),
            differences: models.editDifferences(of: editor.space)
        )
        (lpips, identity) = (try models.lpips(.vgg16), try models.identityNet())
    }

    /// - Parameters:
    ///   - photo: a picture file.
    ///   - name: of the face, for the noise.
    ///   - sentences: the first begins the conversation, the others follow.
    ///   - snrs: Es/N0 in dB, which the transmitter knows.
    ///   - progress: called often; what it throws is passed on.
    /// - Throws: `EncodingRefusal` where a sentence cannot be carried out, and when nothing is heard again and again.
    package func scores(
        photo: [UInt8],
        name: String,
        isAligned: Bool,
        sentences: [String],
        snrs: [Int],
        seed: UInt64,
        progress: (String) throws -> Void
    ) throws -> [ConversationScore] {
        var scores: [ConversationScore] = []
        let inverted = MemoryArtifacts()
        for snr in snrs {
            for isContinued in [false, true] {
                var link = SimulatedLink(seed: SimulatedLink.seed(of: name, from: seed &+ 0xCBF2_9CE4_8422_2325))
                var (known, before): (CodeKnowledge?, (received: Picture, wanted: Picture)?) = (nil, nil)
                var files = MemoryArtifacts()
                for (index, sentence) in sentences.enumerated() {
                    try progress("\(snr) dB, \(isContinued ? "continued" : "anew"): \(sentence)")
                    let order = EncodingOrder(
                        instruction: sentence,
                        isAligned: isAligned,
                        snr: snr,
                        // Which picture it is, the receiver's store says; here there is but one.
                        baseDigest: isContinued && index > 0 ? [UInt8](repeating: 1, count: 32) : nil
                    )
                    if index == 0 {
                        let accepted = try encoder.accept(order, photo: photo) {}
                        // The photo is inverted once.
                        files = MemoryArtifacts(inverted.all.merging(accepted.artifacts) { $1 })
                        try files.write(photo, as: .photo)
                    } else {
                        let following = try encoder.follow(
                            order,
                            EarlierOrders(latest: files, before: nil, undone: nil)
                        )
                        files = MemoryArtifacts(following.accepted.artifacts)
                    }
                    for stage in EncodingStage.allCases {
                        _ = try encoder.encode(order, stage: stage, artifacts: files) { try progress($0.note) }
                        if stage == .inverting, index == 0 { inverted.keep(files, .inversion, .invertedPicture) }
                    }
                    let (word, report) = try encoder.codeWord(order, artifacts: files) { _ in }
                    let reals = try link.received(word.reals, snr: Double(snr))
                    let received = try decoder.decode(
                        values: reals.values,
                        noiseVariance: reals.noiseVariance,
                        designSNR: word.designSNR,
                        isMatched: word.mode == .full,
                        base: word.baseDigest == nil ? nil : known,
                        resolution: AttributePredictor.edge
                    )
                    known = received.knowledge
                    let wanted = editor.synthesizePicture(
                        of: report.edit?.code ?? [],
                        resolution: AttributePredictor.edge
                    )
                    let face = try PictureFile.decode(files.read(.aligned))
                        .resizedArea(width: AttributePredictor.edge, height: AttributePredictor.edge)
                    func compared(_ one: Picture, _ other: Picture) -> (lpips: Double, cosine: Double) {
                        ImageSimilarity(to: other, lpips: lpips, identity: identity).score(one)
                    }
                    let near = compared(received.picture, wanted)
                    let miss = report.edit.flatMap { edit in
                        received.degrees[edit.attribute].map { abs($0 - edit.degreeExpected) }
                    }
                    scores.append(
                        ConversationScore(
                            isContinued: isContinued,
                            snr: snr,
                            turn: index + 1,
                            reals: word.reals.count,
                            airtime: Airtime(reals: word.reals.count).total,
                            lpips: near.lpips,
                            cosine: near.cosine,
                            cosineToPhoto: compared(received.picture, face).cosine,
                            change: before.map { compared(received.picture, $0.received).lpips },
                            changeWanted: before.map { compared(wanted, $0.wanted).lpips },
                            samePerson: received.likeness?.samePerson,
                            isReached: miss == 0,
                            isNear: miss ?? 9 <= 1
                        )
                    )
                    before = (received.picture, wanted)
                }
            }
        }
        return scores
    }
}

/// Artifacts of an order that nobody keeps.
final class MemoryArtifacts: EncodingArtifacts {
    private let files: Mutex<[EncodingArtifact: [UInt8]]>

    init(_ files: [EncodingArtifact: [UInt8]] = [:]) { self.files = Mutex(files) }

    var all: [EncodingArtifact: [UInt8]] { files.withLock { $0 } }

    func has(_ artifact: EncodingArtifact) -> Bool { files.withLock { $0[artifact] != nil } }

    func read(_ artifact: EncodingArtifact) throws -> [UInt8] {
        guard let bytes = files.withLock({ $0[artifact] }) else { throw Missing(artifact: artifact) }
        return bytes
    }

    func write(_ bytes: [UInt8], as artifact: EncodingArtifact) throws { files.withLock { $0[artifact] = bytes } }

    /// Takes some of another's files.
    func keep(_ other: MemoryArtifacts, _ artifacts: EncodingArtifact...) {
        let found = other.all
        files.withLock { files in for artifact in artifacts { files[artifact] = found[artifact] } }
    }

    private struct Missing: Error, CustomStringConvertible {
        let artifact: EncodingArtifact
        var description: String { "there is no \(artifact.rawValue)" }
    }
}
