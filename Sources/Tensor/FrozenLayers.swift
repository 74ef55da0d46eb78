/// A depthwise convolution whose weights never change; the gradient flows to the input only.
public final class FrozenDepthwise: Sendable {
    private let weight: Tensor
    private let bias: Tensor?
    private let stride, padding: Int
    private let activation: Activation

    /// `weight` is [kh,kw,C], `bias` [C]; zeros outside the picture.
    public init(
        weight: Tensor,
        bias: Tensor? = nil,
        stride: Int = 1,
        padding: Int = 0,
        activation: Activation = .none
    ) {
        precondition(weight.shape.count == 3, "a depthwise weight [kh,kw,C] was expected, not \(weight.shape)")
        self.weight = weight
        self.bias = bias
        self.stride = stride
        self.padding = padding
        self.activation = activation
    }

    /// [N,H,W,C] to [N,(H+2p−kh)/s+1,(W+2p−kw)/s+1,C].
    public func callAsFunction(_ x: Variable) -> Variable {
        let geometry = DepthwiseGeometry(input: x.shape, weight: weight.shape, stride: stride, padding: padding)
        let y = geometry.forward(x.value, weight: weight, bias: bias)
        activation.apply(y)
        let (adjoint, activation, weight) = (x.adjoint, activation, weight)
        let output = activation == .none ? nil : y
        return Variable(y, from: [adjoint]) { gradient in
            adjoint?.accumulate(geometry.backwardInput(activation.backward(gradient, output: output), weight: weight))
        }
    }
}

/// A fully connected layer whose weights never change; the gradient flows to the input only.
public final class FrozenLinear: Sendable {
    private let weight: Tensor
    private let bias: Tensor?
    private let activation: Activation

    /// `weight` is [out,in], `bias` [out].
    public init(weight: Tensor, bias: Tensor? = nil, activation: Activation = .none) {
        precondition(weight.shape.count == 2, "a linear weight [out,in] was expected, not \(weight.shape)")
        self.weight = weight
        self.bias = bias
        self.activation = activation
    }

    /// [N,…,in] to [N,…,out]; x is multiplied by `scale` [N,in] first.
    public func callAsFunction(_ x: Variable, scale: Variable? = nil) -> Variable {
        let offset = bias.map { Variable($0) }
        let matrix = Variable(weight)
        let plain =
            scale.map { x.linear(weight: matrix, bias: offset, scale: $0) } ?? x.linear(weight: matrix, bias: offset)
        switch activation {
        case .none: return plain
        case .relu: return plain.relu()
        case .relu6: return plain.relu6()
        case .leakyReLU(let slope): return plain.leakyReLU(slope: slope)
        }
    }
}
