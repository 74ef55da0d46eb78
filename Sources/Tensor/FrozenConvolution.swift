import Synchronization

/// A convolution whose weights never change: packed once, the gradient flows to the input only.
public final class FrozenConvolution: Sendable {
    private let weight: Tensor
    private let bias: Tensor?
    private let stride, padding: Int
    private let activation: Activation
    private let winograd = Mutex<[ProductPrecision: WinogradWeights]>([:])
    private let bfloat16: BFloat16Weights

    /// `weight` is [Cout,kh,kw,Cin], `bias` [Cout]; zeros outside the picture.
    public init(
        weight: Tensor,
        bias: Tensor? = nil,
        stride: Int = 1,
        padding: Int = 0,
        activation: Activation = .none
    ) {
        precondition(weight.shape.count == 4, "a convolution weight [Cout,kh,kw,Cin] was expected, not \(weight.shape)")
        self.weight = weight
        bfloat16 = BFloat16Weights(weight)
        self.bias = bias
        self.stride = stride
        self.padding = padding
        self.activation = activation
    }

    /// [N,H,W,Cin] to [N,(H+2p−kh)/s+1,(W+2p−kw)/s+1,Cout].
    public func callAsFunction(_ x: Variable, precision: ProductPrecision = .single) -> Variable {
        let geometry = ConvolutionGeometry(input: x.shape, weight: weight.shape, stride: stride, padding: padding)
        if let slope = activation.slope, geometry.suitsWinograd {
            return fast(x, geometry, slope: slope, precision.possible)
        }
        if let bfloat16 = bfloat16.sides(precision) { return rounded(x, geometry, bfloat16) }
        let y = Tensor(uninitialized: geometry.outputShape)
        if let bias { y.fillRows(with: bias) }
        geometry.forward(x.value, weight: weight, into: y, accumulating: bias != nil)
        activation.apply(y)
        let (adjoint, activation, weight) = (x.adjoint, activation, weight)
        let output = activation == .none ? nil : y
        return Variable(y, from: [adjoint]) { gradient in
            adjoint?.accumulate(geometry.backwardInput(activation.backward(gradient, output: output), weight: weight))
        }
    }

    /// The convolution in bfloat16.
    private func rounded(_ x: Variable, _ geometry: ConvolutionGeometry, _ bfloat16: BFloat16Weights.Sides) -> Variable
    {
        let y = Tensor(uninitialized: geometry.outputShape)
        bfloat16.forward.multiply(geometry.patches(x.value), into: y)
        if let bias { y.addBias(bias, slope: 1) }
        activation.apply(y)
        let (adjoint, activation) = (x.adjoint, activation)
        let output = activation == .none ? nil : y
        return Variable(y, from: [adjoint]) { gradient in
            let patches = Tensor(uninitialized: [geometry.rows, geometry.depth])
            bfloat16.backward.multiply(activation.backward(gradient, output: output), into: patches)
            adjoint?.accumulate(geometry.summed(patches))
        }
    }

    private func fast(
        _ x: Variable,
        _ geometry: ConvolutionGeometry,
        slope: Float,
        _ precision: ProductPrecision
    ) -> Variable {
        let weights = winograd.withLock { cached in
            let weights = cached[precision] ?? WinogradWeights(weight, precision: precision)
            cached[precision] = weights
            return weights
        }
        let y = Tensor(uninitialized: geometry.outputShape)
        weights.forward(x.value, padding: padding, bias: bias, slope: slope, into: y)
        let (adjoint, padding) = (x.adjoint, padding)
        let output = slope == 1 ? nil : y
        return Variable(y, from: [adjoint]) { gradient in
            let result = Tensor(uninitialized: geometry.inputShape)
            weights.backward(gradient, padding: padding, output: output, slope: slope, into: result)
            adjoint?.accumulate(result)
        }
    }
}
