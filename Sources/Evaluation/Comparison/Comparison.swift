import Imaging
import SemanticCoding

/// Under which chains are compared: everything that decides the scores.
package struct ComparisonConditions: Codable, Sendable, Equatable {
    package let experiment: String
    package let chains: [String]
    package let snrs: [Double]
    package let seeds: [UInt64]
    /// Edge of the pictures in pixels.
    package let resolution: Int
    /// What is asked for: of each face the next one; empty for nothing.
    package let sentences: [String]
    package let settings: SemanticSettings
    /// Whose features distances of sets of pictures compare.
    package let trunk: FeatureTrunk.Kind
    /// Digest of the models.
    package let models: String
    /// Names of all faces, in their order, of which a shard takes every n-th.
    package let faces: [String]
    /// Of one picture of each chain.
    package let airtimes: [Airtime]

    package init(
        experiment: String,
        chains: [any Chain],
        snrs: [Double],
        seeds: [UInt64],
        resolution: Int,
        sentences: [String],
        settings: SemanticSettings,
        trunk: FeatureTrunk.Kind = .vgg16,
        models: String,
        faces: [String]
    ) {
        (self.experiment, self.chains, self.snrs, self.seeds) = (experiment, chains.map(\.name), snrs, seeds)
        (self.resolution, self.sentences, self.settings) = (resolution, sentences, settings)
        (self.trunk, self.models, self.faces, airtimes) = (trunk, models, faces, chains.map(\.airtime))
    }
}

/// Sends faces through several chains and scores what arrives against the photos.
package struct Comparison {
    private let chains: [any Chain]
    private let editor: FaceEditor
    private let networks: ComparisonNetworks
    private let requests: [(sentence: String, edits: [EditRequest])]

    /// - Parameters:
    ///   - editor: reads the sentences, and says what an edit should come to.
    ///   - sentences: what is asked for, face by face; nothing when empty.
    /// - Throws: `RequestRefusal` of a sentence that is not understood.
    package init(
        chains: [any Chain],
        editor: FaceEditor,
        networks: ComparisonNetworks,
        sentences: [String]
    ) throws {
        (self.chains, self.editor, self.networks) = (chains, editor, networks)
        requests = try sentences.map { ($0, try editor.understand($0).map(\.request)) }
    }

    /// Sends one face.
    ///
    /// - Parameters:
    ///   - photo: a square in the FFHQ frame, of the size to be compared at.
    ///   - index: its place among all faces.
    ///   - show: gets the photo, and what arrives with the first seed, by chain and SNR.
    ///   - progress: share of the face's work and a phrase; what it throws ends the work.
    /// - Returns: the scores, and wall-clock seconds by stage or chain, summed over SNRs and seeds.
    package func scores(
        photo: Picture,
        name: String,
        index: Int,
        snrs: [Double],
        seeds: [UInt64],
        show: (String, Picture) throws -> Void = { _, _ in },
        progress: (Double, String) throws -> Void
    ) throws -> (comparison: FaceComparison, seconds: [String: Double]) {
        let asked = requests.isEmpty ? nil : requests[index % requests.count]
        let face = ComparedFace(name: name, photo: photo, requests: asked?.edits ?? [])
        let judge = FaceJudge(photo, by: networks)
        try show("photo", photo)
        var scores: [ChainScore] = []
        var seconds: [String: Double] = [:]
        let count = Double(max(1, chains.count * snrs.count * seeds.count))
        for chain in chains {
            for snr in snrs {
                try progress(Double(scores.count) / count, "\(chain.name), \(snr) dB")
                let before = face.seconds.values.reduce(0, +)
                let began = ContinuousClock.now
                let pictures = try chain.received(face, snr: snr, seeds: seeds)
                let shared = face.seconds.values.reduce(0, +) - before
                seconds[chain.name, default: 0] += (ContinuousClock.now - began) / .seconds(1) - shared
                for (seed, picture) in zip(seeds, pictures) {
                    scores.append(try judge.score(picture, chain: chain.name, snr: snr, seed: seed))
                }
                try show("\(chain.name) \(snr)", (pictures.first ?? nil) ?? judge.grey)
            }
        }
        let expected = try asked.map { _ in
            let edited = try face.edited(by: editor)
            return ExpectedEdit(attribute: edited.attribute, degree: edited.degreeExpected)
        }
        let comparison = FaceComparison(
            index: index,
            name: name,
            sentence: asked?.sentence,
            expected: expected,
            degrees: networks.degrees(of: photo),
            features: networks.features(of: photo),
            scores: scores
        )
        return (comparison, seconds.merging(face.seconds) { first, _ in first })
    }
}
