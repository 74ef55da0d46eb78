import Foundation
import Imaging
import Networks
import TestSupport
import Testing

@testable import SemanticCoding

@Suite(.serialized) struct FaceAlignerTests {
    private static func astronaut() throws -> Picture {
        try PictureFile.read(path: Fuzzer.root + "/docs/images/astronaut.png")
    }

    @Test(arguments: [1, 2, 3]) func aPhotoOnItsSideGivesTheSameSquare(turns: Int) throws {
        let aligner = FaceAligner(detector: try installedModels.faceDetector())
        let upright = try aligner.align(photo: PictureFile.encodePNG(Self.astronaut()))
        #expect(upright.turned == 0)
        let turned = try Self.astronaut().turned(quarters: turns)
        let square = try aligner.align(photo: PictureFile.encodePNG(turned))
        #expect(square.turned == 360 - 90 * turns)
        #expect(square.square.psnr(against: upright.square) > 24)
    }

    @Test func whoeverWaitsMayGiveUp() throws {
        let aligner = FaceAligner(detector: try installedModels.faceDetector())
        let photo = try PictureFile.encodePNG(Self.astronaut())
        #expect(throws: AlignmentError.interrupted) {
            try aligner.align(photo: photo) { throw CancellationError() }
        }
    }

    /// A photo that is handed in while another is inverted: the one's precision is not the other's.
    @Test func duringAnInversionAPhotoIsAlignedAsEver() throws {
        let aligner = FaceAligner(detector: try installedModels.faceDetector())
        // Large enough for the layers that round.
        let photo = try PictureFile.encodePNG(Self.astronaut().resizedArea(width: 900, height: 900))
        let expected = try aligner.align(photo: photo)
        let space = try installedModels.latentSpace(.expanded, network: installedModels.generator())
        var settings = SemanticSettings()
        (settings.workingResolution, settings.inversionSteps, settings.precision) = (128, 1, .bfloat16)
        let encoder = try ImageSemanticEncoder(models: installedModels, space: space, settings: settings)
        var during: [AlignedFace] = []
        let inversion = try encoder.invert(expected.square) { _ in
            during.append(try aligner.align(photo: photo))
        }
        #expect(!during.isEmpty && during.allSatisfy { $0 == expected })
        let likeness = try #require(inversion.likeness)
        #expect(likeness.cosine > 0.2 && likeness.cosine < 1 && likeness.lpips == inversion.lpips)
    }

    @Test func theVerdictFollowsBothMeasures() {
        #expect(Likeness(lpips: 0.2, cosine: 0.9).verdict == .good)
        #expect(Likeness(lpips: 0.4, cosine: 0.9).verdict == .fair)
        #expect(Likeness(lpips: 0.2, cosine: 0.4).verdict == .fair)
        #expect(Likeness(lpips: 0.2, cosine: 0.3).verdict == .poor)
        #expect(Likeness(lpips: 0.53, cosine: 0.9).verdict == .poor)
    }
}
