import Networks
import Tensor

/// What an inversion minimises: the paper's eq. 8, MSE + λ·LPIPS of a photo and a picture, and a share for likeness as
/// SFace sees it.
package struct InversionObjective {
    private let photo: Variable
    private let features: [Variable]
    private let face: Variable?
    private let lpips: LPIPS
    private let identity: IdentityNet?
    private let lpipsWeight, identityWeight: Float
    private let precision: ProductPrecision

    package struct Value {
        /// To minimise.
        package var loss: Variable
        package let lpips, mse: Double
        /// SFace cosine; 0 without `identity`.
        package let cosine: Double
    }

    /// - Parameters:
    ///   - photo: [1,r,r,3] in [−1, 1].
    ///   - face: whose face it should be, [1,r,r,3]; the photo's when nil.
    ///   - identity: without it likeness has no share.
    ///   - lpipsWeight: λ.
    ///   - identityWeight: of 1 − cosine.
    package init(
        photo: Variable,
        face: Variable? = nil,
        lpips: LPIPS,
        identity: IdentityNet?,
        lpipsWeight: Float,
        identityWeight: Float,
        precision: ProductPrecision = .single
    ) {
        features = lpips.features(of: photo, precision: precision)
        self.face = identity?.embedding(aligned: face ?? photo, precision: precision).normalized().detached
        self.precision = precision
        (self.photo, self.lpips, self.identity) = (photo, lpips, identity)
        (self.lpipsWeight, self.identityWeight) = (lpipsWeight, identityWeight)
    }

    /// Of a picture [1,r,r,3], or the mean of several [n,r,r,3].
    package func value(of picture: Variable) -> Value {
        let count = picture.shape[0]
        let photos = count == 1 ? photo : Variable.concatenated([Variable](repeating: photo, count: count), axis: 0)
        let mse = (picture - photos).squared().mean()
        let distance = lpips.distance(picture, toFeatures: features, precision: precision).mean()
        var loss = mse + distance * lpipsWeight
        var likeness = 0.0
        if let identity, let face {
            let faces = identity.embedding(aligned: picture, precision: precision).normalized()
            let cosine = (faces * face).sum() * (1 / Float(count))
            loss = loss + (cosine * -1 + 1) * identityWeight
            likeness = Double(cosine.scalar)
        }
        return Value(loss: loss, lpips: Double(distance.scalar), mse: Double(mse.scalar), cosine: likeness)
    }
}
