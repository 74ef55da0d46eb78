import Imaging
import Networks
import Tensor

/// What an inversion minimises: the paper's eq. 8, MSE + λ·LPIPS of a photo and a picture, and a share for likeness as
/// SFace sees it.
struct InversionObjective {
    /// The photo [1,r,r,3] in [−1, 1].
    let photo: Variable
    private let features: [Variable]
    private let face: Variable?
    private let lpips: LPIPS
    private let identity: IdentityNet?
    private let settings: SemanticSettings

    struct Value {
        /// To minimise.
        let loss: Variable
        let lpips, mse: Double
    }

    /// - Parameters:
    ///   - edge: r, edge of the pictures that will be compared.
    ///   - identity: without it likeness has no share.
    init(photo: Picture, edge: Int, lpips: LPIPS, identity: IdentityNet?, settings: SemanticSettings) {
        let values = photo.resizedArea(width: edge, height: edge).signed
        self.photo = Variable(Tensor(values, shape: [1, edge, edge, 3]))
        features = lpips.features(of: self.photo)
        face = identity?.embedding(aligned: self.photo).normalized().detached
        (self.lpips, self.identity, self.settings) = (lpips, identity, settings)
    }

    /// Of a picture [1,r,r,3].
    func value(of picture: Variable) -> Value {
        let mse = (picture - photo).squared().mean()
        let distance = lpips.distance(picture, toFeatures: features).mean()
        var loss = mse + distance * settings.lpipsWeight
        if let identity, let face {
            let cosine = (identity.embedding(aligned: picture).normalized() * face).sum()
            loss = loss + (cosine * -1 + 1) * settings.identityWeight
        }
        return Value(loss: loss, lpips: Double(distance.scalar), mse: Double(mse.scalar))
    }
}
