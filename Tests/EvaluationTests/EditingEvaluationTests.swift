import Imaging
import Networks
import SemanticCoding
import Tensor
import TestSupport
import Testing

@testable import Evaluation

@Suite(.serialized) struct EditingEvaluationTests {
    private let editor: FaceEditor
    private let evaluation: EditingEvaluation

    init() throws {
        var settings = SemanticSettings()
        settings.workingResolution = 128
        (settings.inversionSteps, settings.studentSteps, settings.editSteps) = (4, 4, 8)
        settings.editRefinementSteps = 1
        editor = try FaceEditor(models: installedModels, settings: settings)
        evaluation = EditingEvaluation(
            editor: editor,
            receiver: try EditingDecoder(space: editor.space),
            predictor: try installedModels.attributePredictor(),
            identity: try installedModels.identityNet(),
            lpips: try installedModels.lpips(.vgg16)
        )
    }

    /// The code that a drawn face of the generator's own is inverted to.
    private func code(_ seed: UInt64, symbols: Int? = nil) throws -> [Float] {
        var random = SeededGenerator(seed: seed)
        let drawn = editor.space.sample(truncation: 0.6, using: &random).value.values
        let photo = editor.synthesizePicture(of: drawn, resolution: 256)
        return try editor.invert(photo, dimension: symbols) { _ in }.code
    }

    private func scores(
        _ requests: [EditRequest],
        codes: [[Float]],
        symbols: Int? = nil,
        snr: Double? = nil,
        seed: UInt64 = 1
    ) throws -> [EditingScore] {
        try evaluation.scores(
            codes: codes,
            requests: requests.map { (sentence: "", request: $0) },
            symbols: symbols,
            snr: snr,
            seed: seed,
            isMatched: false
        ) { _, _ in }
    }

    @Test func oneOfTheSixDegreesIsThereAlready() throws {
        let all = try scores(
            (0...5).map { EditRequest(attribute: .smiling, kind: .target(degree: $0)) },
            codes: [code(3)]
        )
        #expect(all.count == 6 && all.allSatisfy { $0.pictures == 1 })
        // The photo shows one of the six degrees.
        #expect(all.reduce(0) { $0 + $1.fulfilled } == 1)
        for score in all where score.fulfilled < 1 {
            #expect((0...1).contains(score.reached) && score.reached <= score.moved && score.arrived > -2)
            #expect(score.cosine > 0.3 && score.cosine <= 1.0001 && score.others >= 0)
        }
        #expect(all.contains { $0.reached > 0 })
    }

    @Test func theNoiseIsSeededAndCosts() throws {
        let (long, short) = (try code(3), try code(3, symbols: 600))
        func score(_ snr: Double?, seed: UInt64 = 1, symbols: Int? = nil) throws -> EditingScore {
            let request = EditRequest(attribute: .smiling, kind: .change(direction: .up, degree: 2))
            let codes = [symbols == nil ? long : short]
            return try #require(try scores([request], codes: codes, symbols: symbols, snr: snr, seed: seed).first)
        }
        let (clean, noisy) = (try score(nil), try score(0))
        #expect(noisy.cosine < clean.cosine)
        #expect(try score(0).cosine == noisy.cosine)
        #expect(try score(0, seed: 2).cosine != noisy.cosine)
        #expect(try score(nil, symbols: 600).cosine != clean.cosine)
    }

    @Test func progressMayEndIt() throws {
        let requests = [(sentence: "", request: EditRequest(attribute: .smiling, kind: .target(degree: 3)))]
        #expect(throws: CancellationError.self) {
            let code = [Float](repeating: 0, count: editor.dimension)
            _ = try evaluation.scores(
                codes: [code],
                requests: requests,
                symbols: nil,
                snr: nil,
                seed: 1,
                isMatched: false
            ) { _, _ in throw CancellationError() }
        }
    }
}
