import Channel
import Foundation
import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding
@testable import SemanticTraining

@Suite(.serialized) struct AdapterTrainerTests {
    private let space: LatentSpace
    private let student: StudentGenerator
    private let lpips: LPIPS
    private let codes: [[Float]]
    private let directory: TemporaryDirectory

    init() throws {
        space = try installedModels.latentSpace(.w, network: installedModels.generator())
        (student, lpips) = (try installedModels.student(), try installedModels.lpips(.alexNet))
        var random = SeededGenerator(seed: 21)
        var codes: [[Float]] = []
        for _ in 0..<6 { codes.append(space.sample(truncation: 0.8, using: &random).value.values) }
        self.codes = codes
        directory = try TemporaryDirectory()
    }

    /// Trains on the first four faces.
    @discardableResult private func train(
        iterations: Int,
        checkpoint: String? = nil,
        seed: UInt64 = 1,
        to path: String,
        progress: (TrainingProgress) throws -> Void = { _ in }
    ) throws -> AdapterScore? {
        var settings = AdapterTrainingSettings()
        (settings.iterations, settings.checkpoint, settings.seed) = (iterations, checkpoint, seed)
        return try AdapterTrainer(space: space, generator: space.generator(by: student), lpips: lpips).train(
            settings,
            codes: Array(codes.prefix(4)),
            kept: Array(codes.suffix(2)),
            data: "drawn",
            output: path,
            progress: progress
        )
    }

    /// LPIPS of what is received at −6 dB of the faces that were not trained on, as the daemons send it.
    private func received(by pair: ChannelAdapterPair?, _ shelf: ChannelAdapterShelf) throws -> Float {
        let receiver = try EditingDecoder(space: space, student: student, shelf: shelf)
        var sum: Float = 0
        for (index, code) in codes.suffix(2).enumerated() {
            let values = zip(code, space.photos.mean).map { $0 - $1 }
            let modem = Modem(realCount: 512, layoutSeed: 3)
            let signal = modem.modulate(pair?.encoder(values) ?? values)
            let channel = AWGNChannel(snrDB: -6, seed: 5 + UInt64(index))
            let symbols = channel.apply(signal.symbols, stream: 1, firstIndex: 0)
            let reals = try modem.demodulate(symbols, erased: symbols.map { _ in false }, scale: signal.scale).reals
            let drawn = try receiver.decode(
                values: reals.values,
                noiseVariance: reals.noiseVariance,
                adapterDigest: pair.map { Array($0.digest.prefix(8)) },
                resolution: 128
            )
            let own = space.generator(by: student).synthesizePicture(of: code, resolution: 128)
            sum += lpips.distance(drawn.picture.networkInput, own.networkInput).mean().scalar / 2
        }
        return sum
    }

    @Test func tunedAdaptersBringStrangersNearerThanNone() throws {
        let folder = directory.path + "/adapters"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let score = try #require(try train(iterations: 6, to: folder + "/pair.safetensors"))
        let shelf = try ChannelAdapterShelf(in: ModelStore(root: directory.path), dimension: 512)
        let pair = try #require(shelf.adapters.pair(for: -6))
        #expect(pair.snr == -6 && pair.channel == "awgn" && pair.digest.count == 32)
        let (with, without) = (try received(by: pair, shelf), try received(by: nil, shelf))
        #expect(with < 0.9 * without, "\(with) with, \(without) without")
        #expect(abs(score.with - Double(with)) < 0.15 && score.with < score.without, "\(score)")
        let file = try SafetensorsFile(path: folder + "/pair.safetensors")
        #expect(file.metadata["score"] == "\(score)")
    }

    @Test func aResumedTuningGivesTheSameAdapters() throws {
        let whole = directory.path + "/whole.safetensors"
        try train(iterations: 2, to: whole)
        try expectSameWhenResumed(whole, interruptedAt: 6) { checkpoint, seed, output, progress in
            try train(iterations: 2, checkpoint: checkpoint, seed: seed, to: output, progress: progress)
        }
    }
}
