import Networks
import Tensor

extension Variable {
    /// Of a picture [1,H,W,3] the number whose gradient at a code is Jᵀε: the inversion's loss (eq. 8, MSE + λ·LPIPS, and the
    /// share of likeness) is the squared length of a difference of features, J is their Jacobian and ε the noise. For noise of
    /// unit covariance E[(Jᵀε)(Jᵀε)ᵀ] = JᵀJ, half the loss's Hessian where picture and photo agree.
    ///
    /// - Parameters:
    ///   - pixelWeight: of the mean squared error.
    ///   - lpips: the VGG16 variant.
    ///   - lpipsWeight: λ.
    ///   - identity: without it likeness has no share.
    ///   - identityWeight: of 1 − cosine, half the squared distance of two embeddings of unit length.
    ///   - precision: of the networks' products.
    ///   - noise: of unit variance.
    func shaken(
        pixelWeight: Float = 1,
        lpips: LPIPS,
        lpipsWeight: Float,
        identity: IdentityNet? = nil,
        identityWeight: Float = 0,
        precision: ProductPrecision = .single,
        noise: () -> Float
    ) -> Variable {
        func shaking(_ features: Variable) -> Variable {
            (features * Variable(Tensor((0..<features.value.count).map { _ in noise() }, shape: features.shape))).sum()
        }
        var shaken = shaking(self) * (pixelWeight / Float(value.count)).squareRoot()
        if lpipsWeight > 0 {
            // The gradient of |x − (x₀ + n)|² at x₀ is −2n: linear in the noise, whatever its size.
            let disturbed = lpips.disturbedFeatures(of: detached, precision: precision, noise: noise)
            let distance = lpips.distance(self, toFeatures: disturbed, precision: precision).mean()
            shaken = shaken + distance * (lpipsWeight.squareRoot() / -2)
        }
        guard let identity, identityWeight > 0 else { return shaken }
        let face = identity.embedding(aligned: self, precision: precision).normalized()
        return shaken + shaking(face) * (identityWeight / 2).squareRoot()
    }
}
