import Tensor

/// LPIPS 0.1 (Zhang et al. 2018): weighted squared differences of unit-normalised features, averaged over pixels and
/// summed over five layers.
public final class LPIPS: PerceptualDistance {
    /// The network that gives the features.
    public enum Trunk: String, Sendable, CaseIterable {
        case vgg16
        case alexNet = "alexnet"
    }

    private enum Step: Sendable {
        case convolution(FrozenConvolution)
        case pool(size: Int)
        case tap
    }

    private let steps: [Step]
    private let heads: [Tensor]

    // (x − shift)/scale takes −1…1 to the statistics of ImageNet.
    private static let shift: [Float] = [-0.030, -0.088, -0.188]
    private static let scale: [Float] = [0.458, 0.448, 0.450]

    /// Takes the tensors of `lpips-vgg16.safetensors` or `lpips-alexnet.safetensors`.
    public init(weights: SafetensorsFile, trunk: Trunk) throws(SafetensorsError) {
        let reader = WeightReader(file: weights)
        var steps: [Step] = []
        var taps: [Int] = []
        var (channels, count) = (3, 0)
        func add(_ outputs: Int, kernel: Int, stride: Int, padding: Int) throws(SafetensorsError) {
            let weight = try reader.tensor("features.\(count).weight", [outputs, kernel, kernel, channels])
            let bias = try reader.tensor("features.\(count).bias", [outputs])
            steps.append(
                .convolution(
                    FrozenConvolution(weight: weight, bias: bias, stride: stride, padding: padding, activation: .relu)
                )
            )
            (channels, count) = (outputs, count + 1)
        }
        func tap() {
            steps.append(.tap)
            taps.append(channels)
        }
        switch trunk {
        case .vgg16:
            for (outputs, repeats) in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)] {
                if !steps.isEmpty { steps.append(.pool(size: 2)) }
                for _ in 0..<repeats { try add(outputs, kernel: 3, stride: 1, padding: 1) }
                tap()
            }
        case .alexNet:
            try add(64, kernel: 11, stride: 4, padding: 2)
            tap()
            steps.append(.pool(size: 3))
            try add(192, kernel: 5, stride: 1, padding: 2)
            tap()
            steps.append(.pool(size: 3))
            for outputs in [384, 256, 256] {
                try add(outputs, kernel: 3, stride: 1, padding: 1)
                tap()
            }
        }
        var heads: [Tensor] = []
        for (index, width) in taps.enumerated() {
            heads.append(try reader.tensor("heads.\(index).weight", [width]))
        }
        self.steps = steps
        self.heads = heads
    }

    /// The unit-normalised features of pictures [N,H,W,3] at the five layers, to compare many pictures with one.
    public func features(of picture: Variable, precision: ProductPrecision = .single) -> [Variable] {
        taps(of: picture, precision).map { $0.normalized(epsilon: 1e-20) }
    }

    /// The last layer's features [N, h, w, channels] of pictures [N,H,W,3] as the trunk gives them, not normalised:
    /// relu5_3 of VGG16, relu5 of AlexNet.
    public func deepestFeatures(of picture: Variable) -> Tensor { taps(of: picture, .single)[heads.count - 1].value }

    /// The features of one picture [1,H,W,3] with noise on them, scaled so that noise of unit variance disturbs each
    /// alike as the distance sees it: half the negative gradient of the distance at the picture is then Jᵀ·noise, J the
    /// Jacobian of the weighted features. What the distance does not weigh stays undisturbed.
    public func disturbedFeatures(
        of picture: Variable,
        precision: ProductPrecision = .single,
        noise: () -> Float
    ) -> [Variable] {
        zip(features(of: picture, precision: precision), heads).map { feature, head in
            let pixels = Float(feature.shape[1] * feature.shape[2])
            let scales = head.values.map { $0 > 0 ? (pixels / $0).squareRoot() : 0 }
            let values = feature.value.values.enumerated().map { $1 + noise() * scales[$0 % scales.count] }
            return Variable(Tensor(values, shape: feature.shape))
        }
    }

    /// The distance [N] of pictures to the one (or the N) whose features were computed before; the gradient flows to
    /// `picture`.
    public func distance(
        _ picture: Variable,
        toFeatures features: [Variable],
        precision: ProductPrecision = .single
    ) -> Variable {
        let layers = zip(taps(of: picture, precision), zip(features, heads)).map { tap, rest in
            tap.unitDistance(to: rest.0.value, weight: rest.1)
        }
        return layers.dropFirst().reduce(layers[0], +)
    }

    /// The distance of two batches [N, H, W, 3] in [−1, 1], [N].
    public func distance(_ a: Variable, _ b: Variable) -> Variable {
        if !b.requiresGradient { return distance(a, toFeatures: features(of: b)) }
        let layers = zip(features(of: a), zip(features(of: b), heads)).map { x, rest in
            let weighted = (x - rest.0).squared() * Variable(rest.1)
            return weighted.sumPerSample() * (1 / Float(x.shape[1] * x.shape[2]))
        }
        return layers.dropFirst().reduce(layers[0], +)
    }

    private func taps(of picture: Variable, _ precision: ProductPrecision) -> [Variable] {
        let factor = Variable(Tensor(Self.scale.map { 1 / $0 }, shape: [3]))
        let offset = Variable(Tensor(zip(Self.shift, Self.scale).map { -$0 / $1 }, shape: [3]))
        var x = picture * factor + offset
        var taps: [Variable] = []
        for step in steps {
            switch step {
            case .convolution(let convolution): x = convolution(x, precision: precision)
            case .pool(let size): x = x.maxPooled(size: size, stride: 2)
            case .tap: taps.append(x)
            }
        }
        return taps
    }
}
