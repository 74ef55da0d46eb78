import Imaging
import Networks
import Tensor

/// How near pictures come to one picture.
struct ImageSimilarity {
    private let lpips: LPIPSDistance
    private let identity: IdentityNet
    private let face: [Float]

    /// - Parameters:
    ///   - picture: in the FFHQ frame.
    ///   - lpips: the VGG16 variant.
    init(to picture: Picture, lpips: LPIPS, identity: IdentityNet) {
        self.identity = identity
        let input = picture.networkInput
        self.lpips = LPIPSDistance(to: input, by: lpips)
        face = identity.embedding(aligned: input).value.values
    }

    /// LPIPS and SFace cosine of a picture of the same size.
    func score(_ picture: Picture) -> (lpips: Double, cosine: Double) {
        let input = picture.networkInput
        let cosine = IdentityNet.cosine(face, identity.embedding(aligned: input).value.values)
        return (lpips(input), Double(cosine))
    }
}

/// LPIPS to one picture, whose features are computed once.
struct LPIPSDistance {
    private let lpips: LPIPS
    private let features: [Variable]

    /// - Parameter input: the picture as a network's input.
    init(to input: Variable, by lpips: LPIPS) {
        (self.lpips, features) = (lpips, lpips.features(of: input))
    }

    /// Of a picture of the same size.
    func callAsFunction(_ input: Variable) -> Double {
        Double(lpips.distance(input, toFeatures: features).mean().scalar)
    }
}
