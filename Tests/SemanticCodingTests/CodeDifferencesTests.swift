import Channel
import Glibc
import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding

@Suite struct CodeDifferencesTests {
    private static let count = 24
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Five axes: pairs of numbers that go together.
    private func file(
        rank: Int = 5,
        harms: [Float]? = nil,
        axes: [Float]? = nil,
        analysis: [Int]? = nil
    ) throws
        -> SafetensorsFile
    {
        let count = Self.count
        let plain = (0..<rank * count).map { place -> Float in
            let (row, column) = (place / count, place % count)
            return column / 2 == row ? Float(rank - row) : 0
        }
        let inverse = plain.map { $0 == 0 ? 0 : 1 / (2 * $0) }
        let path = directory.path + "/differences.safetensors"
        try SafetensorsWriter.write(
            [
                (name: "axes", tensor: Tensor(axes ?? plain, shape: [rank, count]), fp16: false),
                (
                    name: "analysis",
                    tensor: Tensor(
                        analysis.map { Tensor(zeros: $0).values } ?? inverse,
                        shape: analysis ?? [rank, count]
                    ),
                    fp16: false
                ),
                (
                    name: "harms",
                    tensor: Tensor(harms ?? (0..<rank).map { 0.1 / Float(1 + $0) }, shape: [harms?.count ?? rank]),
                    fp16: false
                ),
            ],
            metadata: [:],
            to: path
        )
        return try SafetensorsFile(path: path)
    }

    private func differences() throws -> CodeDifferences { try CodeDifferences(file: file(), count: Self.count) }

    private func difference(_ size: Float = 1, seed: UInt64 = 3) -> [Float] {
        var random = SeededGenerator(seed: seed)
        let x = (0..<5).map { _ in size * random.normal() }
        return (0..<Self.count).map { $0 / 2 < 5 ? x[$0 / 2] * Float(5 - $0 / 2) : 0 }
    }

    @Test func whatLiesAlongTheAxesArrivesAndNothingElse() throws {
        let differences = try differences()
        var wanted = difference()
        let (reals, kept) = differences.coded(wanted, designSNR: 12)
        #expect(reals.count == 64 && zip(kept, wanted).allSatisfy { abs($0 - $1) < 1e-4 })
        let found = try differences.estimate(
            values: reals,
            noiseVariance: [Float](repeating: 1e-6, count: 64),
            designSNR: 12
        )
        #expect(zip(found.difference, wanted).allSatisfy { abs($0 - $1) < 1e-2 })
        #expect((0...1e-4).contains(found.error))
        // What is between the axes is not sent.
        wanted[20] = 7
        #expect(differences.coded(wanted, designSNR: 12).kept[20] == 0)
        // Each real carries something of everything: no peak tells an axis from another.
        #expect(reals.allSatisfy { abs($0) < 4 } && reals.count { abs($0) > 0.01 } > 50)
    }

    /// Over many edits the errors are as large as is said, and half of the reals lost cost about twice the noise.
    @Test(arguments: [(0.0, false), (9, false), (9, true), (20, false)]) func errorsAreAsExpected(
        snr: Double,
        isHalfLost: Bool
    ) throws {
        let differences = try differences()
        var random = SeededGenerator(seed: 8)
        var (told, made) = (0.0, 0.0)
        for seed in 0..<300 {
            let wanted = difference(seed: UInt64(seed))
            let (reals, _) = differences.coded(wanted, designSNR: Int(snr))
            let power = reals.reduce(0) { $0 + $1 * $1 } / 64
            let variance = power * Float(pow(10, -snr / 10))
            let noise = (0..<64).map { isHalfLost && $0 % 2 == 0 ? Float.infinity : variance }
            let found = try differences.estimate(
                values: reals.map { $0 + variance.squareRoot() * random.normal() },
                noiseVariance: noise,
                designSNR: Int(snr)
            )
            told += found.error / 300
            // In the measure of the harms: an axis' error, in its own unit, times its harm.
            for row in 0..<5 {
                let off = Double(found.difference[2 * row] - wanted[2 * row]) / Double(5 - row)
                made += 0.1 / Double(1 + row) * off * off / 300
            }
        }
        #expect(made > 0.6 * told && made < 1.6 * told, "\(made), told \(told)")
        #expect(told < (snr == 0 ? 0.05 : 0.005))
    }

    @Test func observationsThatMakeNoSenseAreRefused() throws {
        let differences = try differences()
        let quiet = [Float](repeating: 0.1, count: 64)
        for (values, noise) in [
            ([Float](repeating: 0, count: 63), [Float](repeating: 0.1, count: 63)), (quiet, [0.1]),
            (quiet.map { _ in .nan }, quiet), (quiet, quiet.map { -$0 }), (quiet, quiet.map { _ in .nan }),
        ] {
            #expect(throws: LatentEstimatorError.invalidObservation(expected: 64)) {
                try differences.estimate(values: values, noiseVariance: noise, designSNR: 12)
            }
        }
        // Nothing that arrives is no change.
        let none = try differences.estimate(
            values: quiet,
            noiseVariance: [Float](repeating: .infinity, count: 64),
            designSNR: 12
        )
        #expect(none.difference.allSatisfy { $0 == 0 } && none.error > 0.1)
    }

    @Test func filesThatMakeNoSenseAreRefused() throws {
        #expect(throws: SafetensorsError.self) { try CodeDifferences(file: file(), count: 25) }
        #expect(throws: SafetensorsError.self) { try CodeDifferences(file: file(rank: 65), count: Self.count) }
        #expect(throws: SafetensorsError.self) { try CodeDifferences(file: file(harms: [1, 1]), count: Self.count) }
        #expect(throws: SafetensorsError.self) {
            try CodeDifferences(file: file(harms: [1, 1, 0, 1, 1]), count: Self.count)
        }
        #expect(throws: SafetensorsError.self) { try CodeDifferences(file: file(analysis: [5, 3]), count: Self.count) }
        let broken = [Float](repeating: .infinity, count: 5 * Self.count)
        #expect(throws: SafetensorsError.self) { try CodeDifferences(file: file(axes: broken), count: Self.count) }
    }
}
