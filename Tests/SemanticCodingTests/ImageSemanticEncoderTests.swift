import Foundation
import Imaging
import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding

@Suite(.serialized) struct ImageSemanticEncoderTests {
    private func space(_ kind: LatentKind = .w) throws -> LatentSpace {
        try installedModels.latentSpace(kind, network: installedModels.generator())
    }

    private func encoder(
        steps: Int,
        _ kind: LatentKind = .w
    ) throws -> (ImageSemanticEncoder, any MappedGenerator, [Float]) {
        var settings = SemanticSettings()
        settings.inversionSteps = steps
        settings.workingResolution = 128
        settings.learningRate = kind == .w ? 0.05 : 0.2
        settings.latentNoise = 0
        settings.priorWeight = 0
        settings.optimizer = .adam
        let space = try space(kind)
        let encoder = ImageSemanticEncoder(space: space, lpips: try installedModels.lpips(.vgg16), settings: settings)
        return (encoder, space.network, try installedModels.latentStatistics().mean)
    }

    /// A face of the generator's own, so that the right answer exists.
    private func face(_ generator: any MappedGenerator, mean: [Float], seed: UInt64) -> Picture {
        var random = SeededGenerator(seed: seed)
        let z = Variable(Tensor((0..<512).map { _ in random.normal() }, shape: [1, 512]))
        let w = zip(mean, generator.map(z).value.values).map { $0 + 0.6 * ($1 - $0) }
        return generator.synthesizePicture(of: w, resolution: 256)
    }

    /// As shipped, but at 128 pixels.
    private func invertedFromTheEncoder(
        _ picture: Picture,
        _ space: LatentSpace,
        steps: Int,
        student: Int = 0,
        precision: ProductPrecision = SemanticSettings().precision,
        prior: Float = SemanticSettings().priorWeight,
        symbols: Int? = nil
    ) throws -> Inversion {
        var settings = SemanticSettings()
        settings.priorWeight = prior
        (settings.workingResolution, settings.precision) = (128, precision)
        (settings.inversionSteps, settings.studentSteps) = (steps, student)
        return try ImageSemanticEncoder(models: installedModels, space: space, settings: settings)
            .invert(picture, symbols: symbols)
    }

    @Test func inversionComesNearerThanTheMeanFace() throws {
        let (encoder, generator, mean) = try encoder(steps: 12)
        let picture = face(generator, mean: mean, seed: 5)
        var first: String?
        let inversion = try encoder.invert(picture) { if first == nil, $0.fraction > 0 { first = $0.note } }
        let start = try self.encoder(steps: 0).0.invert(picture)
        #expect(start.code == mean)
        #expect(inversion.lpips < 0.8 * start.lpips)
        #expect(inversion.mse < start.mse)
        #expect(inversion.steps == 12)
        #expect(first != nil)
    }

    /// A face of plain W is strange among photos' codes.
    @Test func thePriorKeepsCodesLikePhotos() throws {
        let space = try space(.expanded)
        let picture = face(space.network, mean: try installedModels.latentStatistics().mean, seed: 3)
        let found = try [Float(0), 1].map { try invertedFromTheEncoder(picture, space, steps: 6, prior: $0) }
        let strange = found.map {
            CodePrior(space.photos).squaredMahalanobisDistance(
                of: Variable(Tensor($0.code, shape: [1, 512])),
                count: 512
            ).scalar
        }
        #expect(strange[1] < 0.8 * strange[0] && strange[1] > 0)
        #expect(found[1].lpips > found[0].lpips && found[1].lpips < 2 * found[0].lpips)
    }

    @Test func halfPrecisionFindsAboutTheSameCode() throws {
        let space = try space(.expanded)
        let picture = face(space.network, mean: try installedModels.latentStatistics().mean, seed: 3)
        func inversion(_ precision: ProductPrecision) throws -> Inversion {
            try invertedFromTheEncoder(picture, space, steps: 2, precision: precision)
        }
        let (bfloat16, single) = (try inversion(.bfloat16), try inversion(.single))
        #expect(abs(bfloat16.lpips - single.lpips) < 0.005)
        let distance = zip(bfloat16.code, single.code).map { ($0 - $1) * ($0 - $1) }.reduce(0, +)
        #expect(distance < 0.01 * single.code.map { $0 * $0 }.reduce(0, +))
    }

    private func learnedStart(_ space: LatentSpace) throws -> LearnedStart {
        LearnedStart(
            encoder: try installedModels.inversionEncoder(count: 512),
            generator: space.generator(by: try installedModels.student()),
            statistics: space.statistics,
            lpips: try installedModels.lpips(.vgg16)
        )
    }

    @Test func withAnEncoderTheSearchStartsThere() throws {
        let space = try space(.expanded)
        let lpips = try installedModels.lpips(.vgg16)
        let start = try learnedStart(space)
        var settings = SemanticSettings()
        (settings.workingResolution, settings.precision) = (128, .single)
        func inverted(_ start: LearnedStart?, steps: Int, _ picture: Picture) throws -> Inversion {
            settings.inversionSteps = steps
            return try ImageSemanticEncoder(space: space, lpips: lpips, start: start, settings: settings).invert(
                picture
            )
        }
        let picture = face(space.network, mean: try installedModels.latentStatistics().mean, seed: 8)
        let first = try inverted(start, steps: 0, picture)
        #expect(first.code == start.code(of: picture, count: 512).value.values)
        #expect(try first.lpips < 0.8 * inverted(nil, steps: 0, picture).lpips)
        #expect(try inverted(start, steps: 5, picture).lpips < 0.9 * first.lpips)
    }

    /// On a photo: what the generator drew itself is easy in any coordinates.
    @Test func inItsCoordinatesTheSearchComesNearer() throws {
        let space = try space(.expanded)
        let (lpips, identity) = (try installedModels.lpips(.vgg16), try installedModels.identityNet())
        let (start, learned) = (try learnedStart(space), try installedModels.inversionCoordinates(count: 512))
        var settings = SemanticSettings()
        (settings.workingResolution, settings.inversionSteps) = (128, 12)
        let file = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../docs/images/astronaut.png")
        let photo = try FaceAligner(detector: installedModels.faceDetector())
            .align(photo: [UInt8](Data(contentsOf: file.standardizedFileURL)), alreadyAligned: false).square
        func inverted(_ coordinates: Tensor?) throws -> Inversion {
            try ImageSemanticEncoder(
                space: space,
                lpips: lpips,
                start: start,
                identity: identity,
                coordinates: coordinates,
                settings: settings
            ).invert(photo)
        }
        let (a, b) = (try inverted(learned).lpips, try inverted(nil).lpips)
        #expect(a < 0.97 * b, "\(a) against \(b)")
    }

    /// The student's steps come nearer to the photo in the generator's eyes too, and what is returned the generator drew.
    @Test func stepsThroughTheStudentHelpTheGenerator() throws {
        let space = try space(.expanded)
        let picture = face(space.network, mean: try installedModels.latentStatistics().mean, seed: 8)
        func inverted(_ steps: Int, student: Int) throws -> Inversion {
            try invertedFromTheEncoder(picture, space, steps: steps, student: student)
        }
        let (first, drafted) = (try inverted(0, student: 0), try inverted(6, student: 6))
        #expect(drafted.lpips < 0.9 * first.lpips)
        let target = picture.resizedArea(width: 128, height: 128).networkInput
        let drawn = space.generator.synthesizePicture(of: drafted.code, resolution: 128).networkInput
        let distance = try installedModels.lpips(.vgg16).distance(drawn, target).mean().scalar
        #expect(abs(Double(distance) - drafted.lpips) < 0.01)
        #expect(try inverted(8, student: 6).lpips < drafted.lpips)
    }

    /// A first picture: few steps through the student, which its picture shows, and a code that the generator draws as well.
    @Test func aSketchIsNearerThanTheStart() throws {
        let space = try space(.expanded)
        let student = space.generator(by: try installedModels.student())
        let picture = face(space.network, mean: try installedModels.latentStatistics().mean, seed: 8)
        let encoder = try ImageSemanticEncoder(models: installedModels, space: space, settings: SemanticSettings())
        func sketched(_ steps: Int) throws -> Inversion {
            try encoder.sketcher(by: student, steps: steps).invert(picture)
        }
        let (start, sketch) = (try sketched(0), try sketched(3))
        #expect(sketch.steps == 3 && sketch.lpips < 0.95 * start.lpips)
        let lpips = try installedModels.lpips(.vgg16)
        let target = picture.resizedArea(width: 128, height: 128).networkInput
        func distance(_ generator: any StyleGenerator, _ code: [Float]) -> Double {
            let drawn = generator.synthesizePicture(of: code, resolution: 128).networkInput
            return Double(lpips.distance(drawn, target).mean().scalar)
        }
        #expect(abs(distance(student, sketch.code) - sketch.lpips) < 0.01)
        #expect(distance(space.generator, sketch.code) < distance(space.generator, start.code))
    }

    @Test func theObserverSeesEveryStep() throws {
        let (encoder, generator, mean) = try encoder(steps: 3, .expanded)
        var moments: [InversionMoment] = []
        _ = try encoder.invert(face(generator, mean: mean, seed: 5), observer: { moments.append($0) })
        #expect(moments.map(\.step) == [0, 1, 2, 3])
        #expect(moments[0].code.allSatisfy { $0 == 0 } && moments[1].code != moments[2].code)
        #expect(moments[0].seconds < moments[2].seconds)
    }

    @Test func expandedCodesComeNearerThanPlainW() throws {
        let (plain, generator, mean) = try encoder(steps: 8)
        // The coarse rows of one face and the fine ones of another: no w draws it.
        var random = SeededGenerator(seed: 12)
        let faces = (0..<2).map { _ in
            let z = Variable(Tensor(normal: [1, 512], deviation: 1, generator: &random))
            return zip(mean, generator.map(z).value.values).map { $0 + 0.7 * ($1 - $0) }
        }
        let rows = Tensor((0..<MobileStyleGAN.rows).flatMap { faces[$0 < 9 ? 0 : 1] }, shape: [1, 23, 512])
        let drawn = generator.synthesize(rows: Variable(rows), resolution: 256)
        let picture = Picture(signed: drawn.value.values, width: 256, height: 256)
        let expanded = try encoder(steps: 8, .expanded).0.invert(picture)
        #expect(expanded.kind == .expanded && expanded.code.count == 512)
        #expect(try expanded.lpips < plain.invert(picture).lpips)
    }

    @Test func shortCodesKeepTheirLastNumbersAtTheMean() throws {
        let (encoder, generator, mean) = try encoder(steps: 4, .expanded)
        let picture = face(generator, mean: mean, seed: 9)
        let short = try encoder.invert(picture, symbols: 64)
        #expect(short.code.count == 512)
        #expect(short.code.prefix(64).contains { $0 != 0 } && short.code.suffix(448).allSatisfy { $0 == 0 })
        #expect(try encoder.invert(picture).lpips < short.lpips)
    }

    /// The fine numbers of a long code are looked for too, and the search comes nearer with them.
    @Test func longCodesHaveFineNumbers() throws {
        let space = try space(.expanded)
        let picture = face(space.network, mean: try installedModels.latentStatistics().mean, seed: 9)
        func inverted(_ symbols: Int, steps: Int) throws -> Inversion {
            try invertedFromTheEncoder(picture, space, steps: steps, symbols: symbols)
        }
        let (start, long) = (try inverted(5000, steps: 0), try inverted(1024, steps: 8))
        #expect(start.code.count == 2048 && start.code.suffix(1536).allSatisfy { $0 == 0 })
        #expect(long.code.count == 1024 && long.code.suffix(512).contains { $0 != 0 })
        #expect(long.lpips < 0.9 * start.lpips)
    }

    @Test func sameInputGivesTheSameCode() throws {
        let (encoder, generator, mean) = try encoder(steps: 3)
        let picture = face(generator, mean: mean, seed: 6)
        #expect(try encoder.invert(picture).code == encoder.invert(picture).code)
    }

    @Test func progressMayCancel() throws {
        let (encoder, generator, mean) = try encoder(steps: 50)
        let picture = face(generator, mean: mean, seed: 7)
        var calls = 0
        #expect(throws: CancellationError.self) {
            try encoder.invert(picture) { _ in
                calls += 1
                if calls == 2 { throw CancellationError() }
            }
        }
        #expect(calls == 2)
    }

    @Test func aPlateauIsSixStepsThatWinTooLittle() {
        func firstPlateau(_ leastGain: Float, _ losses: [Float]) -> Int? {
            var plateau = Plateau(leastGain: leastGain)
            return losses.map { plateau.reached(by: $0) }.firstIndex(of: true)
        }
        #expect(firstPlateau(0.01, (0..<20).map { pow(0.97, Float($0)) }) == nil)
        #expect(firstPlateau(0.01, [1, 0.8, 0.7, 0.7, 0.71, 0.699, 0.7, 0.698, 0.7, 0.7]) == 8)
        #expect(firstPlateau(0, [Float](repeating: 1, count: 20)) == nil)
    }

    /// What ends early takes fewer steps and ends where the same steps would.
    @Test func whatWinsTooLittleEnds() throws {
        let space = try space(.expanded)
        var settings = SemanticSettings()
        settings.workingResolution = 128
        (settings.inversionSteps, settings.studentSteps, settings.leastGain) = (30, 10, 0.9)
        let picture = face(space.network, mean: try installedModels.latentStatistics().mean, seed: 8)
        let inversion = try ImageSemanticEncoder(models: installedModels, space: space, settings: settings)
            .invert(picture)
        // Six steps' gain must be known, through the student and again through the generator.
        #expect(inversion.steps == 7 + 6)
    }

    @Test func rateRampsUpAndDown() {
        #expect(InversionDescent.rampedRate(0) < 0.02)
        #expect(InversionDescent.rampedRate(0.5) == 1)
        #expect(abs(InversionDescent.rampedRate(0.875) - 0.5) < 1e-6)
        #expect(InversionDescent.rampedRate(0.999) < 0.001)
    }
}
