import Tensor
import Testing

@testable import Networks

@Suite struct CodePriorTests {
    private let photos = LatentStatistics(mean: [1, -2, 0.5], covariance: [16, 2, 1, 2, 4, 0.5, 1, 0.5, 0.25])

    /// Where the offset from the mean is Σv, its squared Mahalanobis distance is vᵀΣv.
    @Test func squaredMahalanobisDistanceIsTheDistanceFromPhotosCodes() {
        func squaredMahalanobisDistance(_ offset: [Float], count: Int) -> Float {
            let code = zip(offset, photos.mean).map { $0 + $1 } + [9]
            return CodePrior(photos).squaredMahalanobisDistance(
                of: Variable(Tensor(code, shape: [1, 4])),
                count: count
            ).scalar
        }
        #expect(squaredMahalanobisDistance([0, 0, 0], count: 3) == 0)
        #expect(abs(squaredMahalanobisDistance([16, 2, 1], count: 3) - 16 / 3) < 1e-3)
        // v = (0, 1, −2).
        #expect(abs(squaredMahalanobisDistance([0, 3, 0], count: 4) - 1) < 1e-3)
        // Of the first two numbers alone, whatever the third is: v = (0, 1).
        #expect(abs(squaredMahalanobisDistance([2, 4, 100], count: 2) - 2) < 1e-3)
        let flat = CodePrior(LatentStatistics(mean: [0, 0], covariance: [1, 1, 1, 1]))
        #expect(flat.squaredMahalanobisDistance(of: Variable(Tensor([3, 4], shape: [1, 2])), count: 2).scalar == 0)
    }
}
