import Foundation
import Tensor
import TestSupport
import Testing

@testable import Networks

@Suite struct ModelStoreTests {
    @Test func aMissingModelNamesTheCommandThatMakesIt() throws {
        let folder = try TemporaryDirectory()
        let store = ModelStore(root: folder.path)
        let error = #expect(throws: ModelStoreError.self) { try store.generator() }
        #expect("\(try #require(error))".contains("run `make setup`"))
        let trained = #expect(throws: ModelStoreError.self) { try store.attributePredictor() }
        #expect("\(try #require(trained))".contains("run `modelctl train attribute-predictor`"))
        #expect(throws: ModelStoreError.self) { try store.bundleDigest(of: .w) }
        #expect(try store.codec(attribute: "smiling", for: .w) == nil)
    }

    @Test func aFileOfTheWrongNetworkIsBroken() throws {
        let folder = try TemporaryDirectory()
        let store = ModelStore(root: folder.path)
        try SafetensorsWriter.write(
            [("mean", Tensor(zeros: [4]), false), ("covariance", Tensor(zeros: [4, 3]), false)],
            metadata: [:],
            to: store.url(trained: "w-statistics").path
        )
        guard
            case .broken(let name, let reason, _)? = #expect(
                throws: ModelStoreError.self,
                performing: { try store.latentStatistics() }
            )
        else { return }
        #expect(name == "w-statistics" && reason.contains("covariance"))
    }

    @Test func theInventoryTellsPresentFromMissing() throws {
        let folder = try TemporaryDirectory()
        let store = ModelStore(root: folder.path)
        try SafetensorsWriter.write(
            [("x", Tensor([0], shape: [1]), false)],
            metadata: ["licence": "none"],
            to: store.url(trained: "text-encoder").path
        )
        let entries = try store.inventory()
        #expect(entries.count == 31)
        let present = entries.filter(\.present)
        #expect(present.map(\.name) == ["text-encoder"])
        let bytes = try Data(contentsOf: store.url(trained: "text-encoder"))
        #expect(present[0].bytes == bytes.count && present[0].licence == "none" && present[0].sha256.count == 64)
        #expect(
            entries.filter(\.isOptional).map(\.name).allSatisfy {
                ["likeness", "discriminator", "inception-fid"].contains($0) || $0.hasPrefix("deepsc-")
                    || $0.hasPrefix("jecc-") && $0.hasSuffix("-w")
            }
        )
        #expect(entries.count { $0.isOptional } == 10)
        #expect(entries.allSatisfy { !$0.role.isEmpty && !$0.hint.isEmpty })
    }

    @Test func theDigestFollowsGeneratorAndStatistics() throws {
        let folder = try TemporaryDirectory()
        let store = ModelStore(root: folder.path)
        func write(_ path: String, _ value: Float) throws {
            try SafetensorsWriter.write([("x", Tensor([value], shape: [1]), false)], metadata: [:], to: path)
        }
        let generator = folder.file("imported/mobile-stylegan-ffhq.safetensors")
        try write(generator, 1)
        try write(store.url(trained: "w-statistics").path, 1)
        let first = try store.bundleDigest(of: .w)
        #expect(first.count == 32)
        try write(store.url(trained: "text-encoder").path, 1)
        #expect(try store.bundleDigest(of: .w) == first)
        try write(generator, 2)
        #expect(try store.bundleDigest(of: .w) != first)
    }

    @Test func theInstalledBundleIsTheOneEveryoneHas() throws {
        let digest = try Support.models.bundleDigest(of: .w).map { String(format: "%02x", $0) }.joined()
        #expect(digest == "118aa7c042319599803fa5d29cc880e0a24b757b055617ac6a212333f3f9ca53")
    }

    @Test func statisticsAreACovariance() throws {
        let statistics = try Support.models.latentStatistics()
        let size = statistics.mean.count
        #expect(size == 512 && statistics.covariance.count == size * size)
        let norm = statistics.mean.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        #expect(abs(norm - 4.12) < 0.01)
        for row in 0..<size {
            #expect(statistics.covariance[row * size + row] > 0)
            for column in 0..<row {
                let (a, b) = (statistics.covariance[row * size + column], statistics.covariance[column * size + row])
                #expect(a == b)
            }
        }
    }
}
