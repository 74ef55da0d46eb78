import Imaging
import Networks
import Tensor

/// How near pictures come to one picture.
struct ImageSimilarity {
    private let lpips: LPIPS
    private let identity: IdentityNet
    private let features: [Variable]
    private let face: [Float]

    /// - Parameters:
    ///   - picture: in the FFHQ frame.
    ///   - lpips: the VGG16 variant.
    init(to picture: Picture, lpips: LPIPS, identity: IdentityNet) {
        (self.lpips, self.identity) = (lpips, identity)
        let input = picture.networkInput
        features = lpips.features(of: input)
        face = identity.embedding(aligned: input).value.values
    }

    /// LPIPS and SFace cosine of a picture of the same size.
    func score(_ picture: Picture) -> (lpips: Double, cosine: Double) {
        let input = picture.networkInput
        let cosine = IdentityNet.cosine(face, identity.embedding(aligned: input).value.values)
        return (Double(lpips.distance(input, toFeatures: features).mean().scalar), Double(cosine))
    }
}
