import Channel
import Foundation
import Imaging
import Networks
import SemanticCoding
import Tensor
import TestSupport
import Testing

@testable import Evaluation

/// Four faces through the quick ones of the chains, as `modelctl evaluate` does it: whole, in shards, interrupted.
@Suite(.serialized) struct ComparisonTests {
    private let models = installedModels
    private let settings: SemanticSettings
    private let editor: FaceEditor
    private let networks: ComparisonNetworks

    init() throws {
        var settings = SemanticSettings(mode: .linear)
        (settings.inversionSteps, settings.workingResolution, settings.editSteps) = (1, 128, 2)
        settings.editRefinementSteps = 1
        self.settings = settings
        editor = try FaceEditor(models: models, settings: settings)
        networks = try ComparisonNetworks(models: models, resolution: 128)
    }

    private func chains() throws -> [any Chain] {
        let decoder = try EditingDecoder(space: editor.space, student: models.student())
        let coder = try JPEGLDPCPictureCoder.paper()
        return [
            SemanticChain(name: "ours", editor: editor, decoder: decoder),
            PictureChain(name: "talk2edit+jpeg-ldpc", coder: coder, place: .before, editor: editor),
            PictureChain(name: "jpeg-ldpc+talk2edit", coder: coder, place: .after, editor: editor),
        ]
    }

    private func photos() -> [(name: String, picture: Picture)] {
        var random = SeededGenerator(seed: 11)
        return (0..<4).map { index in
            let code = editor.space.sample(truncation: 0.6, using: &random).value.values
            return ("drawn-\(index)", editor.synthesizePicture(of: code, resolution: 128))
        }
    }

    private static let sentences = ["make her smile a little more", "make him look a bit older"]

    private func conditions(
        _ chains: [any Chain],
        _ photos: [(name: String, picture: Picture)]
    )
        -> ComparisonConditions
    {
        ComparisonConditions(
            experiment: "main",
            chains: chains,
            snrs: [0, 20],
            seeds: [1],
            resolution: 128,
            sentences: Self.sentences,
            settings: settings,
            models: "test",
            faces: photos.map(\.name)
        )
    }

    @Test func shardsTogetherAreTheWholeByteForByteAndCutLinesAreDoneAgain() throws {
        let folder = try TemporaryDirectory()
        let (chains, photos) = (try chains(), photos())
        let comparison = try Comparison(
            chains: chains,
            editor: editor,
            networks: networks,
            sentences: Self.sentences
        )
        let conditions = conditions(chains, photos)
        func send(_ indices: [Int], to path: String) throws {
            let record = try ComparisonRecord(path: path, conditions: conditions)
            let done = Set(record.faces.map(\.index))
            for index in indices where !done.contains(index) {
                let found = try comparison.scores(
                    photo: photos[index].picture,
                    name: photos[index].name,
                    index: index,
                    snrs: conditions.snrs,
                    seeds: conditions.seeds
                ) { _, _ in }
                try record.add(found.comparison, seconds: found.seconds)
            }
        }
        let whole = folder.path + "/whole.jsonl"
        try send([0, 1, 2, 3], to: whole)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: whole))

        // A machine that dies in the middle of a line goes on behind the last whole one.
        let torn = folder.path + "/torn.jsonl"
        let secondLine = try #require(bytes.indices.filter { bytes[$0] == 10 }.dropFirst().first)
        try bytes[...(secondLine + 30)].write(to: URL(fileURLWithPath: torn))
        #expect(throws: ComparisonRecordError.notRecord(torn)) { try ComparisonRecord.read(torn) }
        try send([0, 1], to: torn)
        let shards = [try ComparisonRecord.Shard("1/2"), try ComparisonRecord.Shard("2/2")]
        let parts = try shards.enumerated().map { number, shard in
            let path = folder.path + "/part-\(number).jsonl"
            let own = photos.indices.filter(shard.contains)
            // What is known already stands for the rest of the work: it is the same.
            let record = try ComparisonRecord(path: path, conditions: conditions)
            for face in try ComparisonRecord.read(whole).faces where own.contains(face.index) {
                try record.add(face, seconds: ["ours": 1])
            }
            return path
        }
        #expect(try ComparisonRecord.merged(parts).record == bytes)
        #expect(try ComparisonRecord.merged(parts.reversed()).record == bytes)
        #expect(try ComparisonRecord.read(torn).faces == Array(ComparisonRecord.read(whole).faces[..<2]))
        #expect(throws: ComparisonRecordError.missing(2, of: 4, first: 1)) {
            try ComparisonRecord.merged([parts[0]])
        }
        #expect(throws: ComparisonRecordError.otherConditions(whole)) {
            try ComparisonRecord(path: whole, conditions: self.conditions([chains[0]], photos))
        }
        #expect(ComparisonRecord.seconds(of: whole)["inverting"] ?? 0 > 0)

        try expectSense(of: try ComparisonRecord.read(whole).faces, conditions)
        try expectReport(of: whole)
    }

    private func expectSense(of faces: [FaceComparison], _ conditions: ComparisonConditions) throws {
        #expect(faces.map(\.sentence) == [0, 1, 0, 1].map { Self.sentences[$0] })
        let summaries = ComparisonSummary.all(of: faces, under: conditions)
        #expect(summaries.map(\.chain) == conditions.chains.flatMap { [$0, $0] })
        func summary(_ chain: String, _ snr: Double) throws -> ComparisonSummary {
            try #require(summaries.first { $0.chain == chain && $0.snr == snr })
        }
        // The cliff of the separate chains: at 0 dB nothing arrives, at 20 all.
        for chain in conditions.chains.dropFirst() {
            #expect(try summary(chain, 0).decoded == 0 && summary(chain, 20).decoded == 1)
            #expect(try summary(chain, 0).lpips.value > summary(chain, 20).lpips.value)
        }
        let ours = try summary("ours", 0)
        #expect(ours.decoded == 1 && ours.pictures == 4 && ours.lpips.lower <= ours.lpips.value)
        #expect(try ours.lpips.value > summary("ours", 20).lpips.value)
        #expect(ours.reached != nil && (ours.frechet ?? 0) > 0 && ours.kernel != nil)
        // 256 complex symbols, 64 pilots and 148 sealed bytes.
        #expect(ours.airtime.reals == 512 && ours.airtime.symbols == 256 && ours.airtime.total == 912)
    }

    private func expectReport(of record: String) throws {
        let report = ComparisonReport([try ComparisonReport.Part(record: record)])
        let csv = report.csv.split(separator: "\n")
        #expect(csv.count == 1 + 6)
        #expect(Set(csv.map { $0.split(separator: ",", omittingEmptySubsequences: false).count }).count == 1)
        let html = report.html
        #expect(html.contains("<svg") && html.contains("0.1616") && html.contains("talk2edit+jpeg-ldpc"))
        #expect(!html.contains("http://") && !html.contains("https://") && !html.contains("<script"))
        #expect(try JSONSerialization.jsonObject(with: report.json()) is [Any])
    }

    @Test func shardsAreWrittenAsPeopleCount() throws {
        let third = try ComparisonRecord.Shard("3/8")
        #expect((0..<20).filter(third.contains) == [2, 10, 18])
        for text in ["", "3", "0/8", "9/8", "1/0", "1/2/3", "-1/2", "a/b"] {
            #expect(throws: ComparisonRecordError.badShard(text)) { try ComparisonRecord.Shard(text) }
        }
    }

    @Test func separateEditingAndEditsWithoutALookAreScored() throws {
        let photo = photos()[0]
        let decoder = try EditingDecoder(space: editor.space, student: models.student())
        let chains = [SemanticChain.Editing.unmatched, .apart].map {
            SemanticChain(name: "\($0)", editor: editor, decoder: decoder, editing: $0)
        }
        let comparison = try Comparison(
            chains: chains,
            editor: editor,
            networks: networks,
            sentences: ["she should look much older"]
        )
        let found = try comparison.scores(
            photo: photo.picture,
            name: photo.name,
            index: 0,
            snrs: [20],
            seeds: [1, 2]
        ) { _, _ in }.comparison
        #expect(found.scores.map(\.chain) == ["unmatched", "unmatched", "apart", "apart"])
        #expect(found.scores.allSatisfy { $0.isDecoded && $0.lpips < 0.6 })
        #expect(found.scores[0].lpips != found.scores[1].lpips)
    }
}
