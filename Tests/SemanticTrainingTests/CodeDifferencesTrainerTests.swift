import Foundation
import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding
@testable import SemanticTraining

@Suite(.serialized) struct CodeDifferencesTrainerTests {
    private let space: LatentSpace
    private let trainer: CodeDifferencesTrainer
    private let editor: JointEditingChannelEncoder
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        space = try installedModels.latentSpace(.expanded, network: installedModels.generator())
        trainer = try CodeDifferencesTrainer(space: space)
        editor = JointEditingChannelEncoder(
            space: space,
            generator: space.generator(by: try installedModels.student()),
            predictor: try installedModels.attributePredictor(),
            fields: try EditingField.installed(in: installedModels, for: space),
            settings: SemanticSettings()
        )
    }

    /// Differences along three directions need three axes, whatever else codes do.
    @Test func theAxesThatDifferencesLieAlongAreFound() throws {
        var random = SeededGenerator(seed: 6)
        let directions = (0..<3).map { _ in space.photos.deviations.map { $0 * random.normal() } }
        func drawn() -> [Float] {
            let x = (0..<3).map { _ in random.normal() }
            return (0..<512).map { place in (0..<3).reduce(0) { $0 + x[$1] * directions[$1][place] } }
        }
        let path = directory.path + "/differences.safetensors"
        let (rank, share) = try trainer.write((0..<80).map { _ in drawn() }, seed: 1, to: path)
        #expect(rank == 3 && share > 0.999)
        let found = try CodeDifferences(file: SafetensorsFile(path: path), count: 512)
        let wanted = drawn()
        let size = wanted.map { $0 * $0 }.reduce(0, +)
        let kept = found.coded(wanted, designSNR: 12).kept
        #expect(zip(kept, wanted).map { ($0 - $1) * ($0 - $1) }.reduce(0, +) < 1e-4 * size)
        // What lies elsewhere is nearly all lost.
        let other = space.photos.deviations.map { $0 * random.normal() }
        let left = zip(found.coded(other, designSNR: 12).kept, other).map { ($0 - $1) * ($0 - $1) }.reduce(0, +)
        #expect(left > 0.5 * other.map { $0 * $0 }.reduce(0, +))
        #expect(throws: FaceCodesError.self) { try trainer.write([wanted], seed: 1, to: path) }
    }

    /// The shipped axes hold the edits of a face that they were not found with.
    @Test func theShippedAxesHoldEdits() throws {
        var random = SeededGenerator(seed: 31)
        let code = zip(space.photos.mean, space.photos.deviations).map { $0 + 0.7 * $1 * random.normal() }
        var faces = 0
        let differences = try trainer.differences(of: [code], by: editor, seed: 4) { faces = $0 }
        #expect(faces == 1 && (1...10).contains(differences.count))
        #expect(try trainer.differences(of: [code], by: editor, seed: 4) { _ in } == differences)
        let shipped = try #require(try installedModels.editDifferences(of: space))
        let precoding = try Precoding(space)
        var (lost, all) = (0.0, 0.0)
        for difference in differences {
            let kept = shipped.coded(difference, designSNR: 12).kept
            lost += precoding.harm(of: zip(difference, kept).map { $0 - $1 }) ?? 1
            all += precoding.harm(of: difference) ?? 0
        }
        #expect(lost < CodeDifferences.mostLost * all, "\(lost) of \(all)")
    }
}
