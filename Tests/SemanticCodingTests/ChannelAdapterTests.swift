import Foundation
import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding

struct ChannelAdapterTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private var folder: String { directory.path + "/adapters" }

    /// Puts a pair for codes of four numbers there.
    private func write(_ name: String, snr: String?, weight: Float = 0, count: Int = 4) throws {
        let tensors = ["encoder", "decoder"].flatMap { part in
            [
                ("\(part).weight", Tensor(diagonal: [Float](repeating: weight, count: count)), false),
                ("\(part).bias", Tensor([Float](repeating: 0.5, count: count), shape: [count]), false),
            ]
        }
        let path = "\(folder)/\(name).safetensors"
        try SafetensorsWriter.write(tensors, metadata: snr.map { ["snr": $0] } ?? [:], to: path)
    }

    @Test func layersAddToWhatTheyAreGiven() throws {
        let zero = ChannelAdapter(weight: Tensor(zeros: [4, 4]), bias: Tensor(zeros: [4]))
        #expect(zero([1, -2, 3, 4]) == [1, -2, 3, 4])
        try write("a", snr: "3", weight: 2)
        let pair = try ChannelAdapterPair(file: SafetensorsFile(path: folder + "/a.safetensors"), dimension: 4)
        #expect(pair.encoder([1, -2, 3, 4]) == [3.5, -5.5, 9.5, 12.5] && pair.snr == 3)
    }

    @Test func thePairForTheChannelIsTheNearestWithinReach() throws {
        for snr in [-6, 0, 9] { try write("at\(snr)", snr: "\(snr)", weight: Float(snr)) }
        let shelf = try ChannelAdapterShelf(in: ModelStore(root: directory.path), dimension: 4)
        func chosen(_ snr: Int) -> Int? { shelf.adapters.pair(for: snr)?.snr }
        #expect(chosen(-20) == nil && chosen(-9) == -6 && chosen(-4) == -6 && chosen(2) == 0 && chosen(5) == nil)
        let pair = try #require(shelf.adapters.pair(for: 9))
        #expect(shelf.adapters.pair(digest: Array(pair.digest.prefix(8)))?.snr == 9)
        #expect(shelf.adapters.pair(digest: [UInt8](repeating: 1, count: 8)) == nil)

        // Others come and go while the daemon runs; a broken one changes nothing.
        try write("at20", snr: "20")
        try shelf.reload()
        #expect(chosen(20) == 20)
        try write("broken", snr: nil)
        #expect(throws: SafetensorsError.self) { try shelf.reload() }
        #expect(chosen(20) == 20)
        try write("broken", snr: "1", count: 3)
        #expect(throws: SafetensorsError.self) { try shelf.reload() }
        try write("broken", snr: "1", weight: .nan)
        #expect(throws: SafetensorsError.self) { try shelf.reload() }
    }

    @Test func withoutAFolderThereAreNone() throws {
        let shelf = try ChannelAdapterShelf(in: ModelStore(root: directory.path + "/elsewhere"), dimension: 4)
        #expect(shelf.adapters.pairs.isEmpty && shelf.adapters.pair(for: 0) == nil)
    }
}
