import Imaging
import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding

@Suite struct FaceMotionTests {
    private let space: LatentSpace
    private let start: LearnedStart
    private let movements: CodeDifferences

    init() throws {
        space = try installedModels.latentSpace(.expanded, network: installedModels.generator())
        start = LearnedStart(
            encoder: try installedModels.inversionEncoder(count: space.dimension),
            generator: space.generator(by: try installedModels.student()),
            statistics: space.statistics,
            lpips: try installedModels.lpips(.vgg16)
        )
        movements = try #require(try installedModels.motionDifferences(of: space))
    }

    private func face(_ seed: UInt64) -> [Float] {
        var random = SeededGenerator(seed: seed)
        return space.sample(truncation: 0.7, using: &random).value.values
    }

    private func picture(_ code: [Float], edge: Int = 128) -> Picture {
        space.generator.synthesizePicture(of: code, resolution: edge)
    }

    /// A face that is held still has not moved, however far its code is from it.
    @Test func aFaceThatIsHeldStillHasNotMoved() {
        let key = picture(face(3))
        for code in [face(3), face(4)] {
            let motion = FaceMotion(from: code, of: key, start: start)
            #expect(motion.difference(to: key).allSatisfy { $0 == 0 })
        }
    }

    /// What comes of a movement by 128 reals is nearer to it than no movement is.
    @Test func movementsAreFound() throws {
        #expect(movements.dimension == CodeDifferences.ofMotion)
        var (left, whole, along) = (0.0, 0.0, 0.0)
        let precoding = try Precoding(space)
        for seed: UInt64 in [21, 22, 23] {
            let code = face(seed)
            let motion = FaceMotion(from: code, of: picture(code), start: start)
            let moved = movements.walk(count: 13, size: 0.7, seed: seed)
            #expect(moved[0].allSatisfy { $0 == 0 })
            for move in [moved[6], moved[12]] {
                let found = motion.difference(to: picture(zip(code, move).map { $0 + $1 }, edge: 256))
                let (reals, kept) = movements.coded(found, designSNR: 20)
                #expect(reals.count == 128)
                left += try #require(precoding.harm(of: zip(kept, move).map { $0 - $1 }))
                whole += try #require(precoding.harm(of: move))
                along += zip(kept, move).reduce(0) { $0 + Double($1.0 * $1.1) }
            }
        }
        #expect(along > 0 && left < 0.8 * whole, "\(left) of \(whole)")
    }
}
