import Tensor

/// The network whose features published FID and KID compare: TensorFlow's Inception of 2015 as `pytorch-fid` holds it,
/// Inception v3 (Szegedy et al. 2015) with an average at the edges over the pixels that are there, and a maximum in
/// the pool of its last block.
///
/// Its weights are not fetched: who has `pt_inception-2015-12-05-6726825d.pth` imports it.
public final class InceptionTrunk: Sendable {
    /// Numbers in a picture's features.
    public static let width = 2048
    /// Edge in pixels to which pictures are brought.
    public static let edge = 299

    /// A convolution with its batch norm and ReLU.
    public struct Layer: Sendable, Equatable {
        /// As in the checkpoint, such as `Mixed_5b.branch1x1`.
        public let name: String
        /// Channels, and the kernel's height and width.
        public let inputs, outputs, height, width: Int
        /// In pixels.
        public let stride: Int
        /// Whether zeros round the picture keep its size.
        public let isPadded: Bool
    }

    private indirect enum Node {
        case convolution(String, Int, Int, Int, stride: Int = 1, isPadded: Bool = true)
        case maximum(stride: Int)
        case average
        /// All branches see the same input; their results stand behind one another.
        case branches([[Node]])
        /// A part whose layers' names begin alike.
        case block(String, [Node])
    }

    private static let network: [Node] = [
        .convolution("Conv2d_1a_3x3", 32, 3, 3, stride: 2, isPadded: false),
        .convolution("Conv2d_2a_3x3", 32, 3, 3, isPadded: false),
        .convolution("Conv2d_2b_3x3", 64, 3, 3),
        .maximum(stride: 2),
        .convolution("Conv2d_3b_1x1", 80, 1, 1),
        .convolution("Conv2d_4a_3x3", 192, 3, 3, isPadded: false),
        .maximum(stride: 2),
        .block("Mixed_5b", blockA(pool: 32)), .block("Mixed_5c", blockA(pool: 64)),
        .block("Mixed_5d", blockA(pool: 64)),
        .block(
            "Mixed_6a",
            [
                .branches([
                    [.convolution("branch3x3", 384, 3, 3, stride: 2, isPadded: false)],
                    [
                        .convolution("branch3x3dbl_1", 64, 1, 1), .convolution("branch3x3dbl_2", 96, 3, 3),
                        .convolution("branch3x3dbl_3", 96, 3, 3, stride: 2, isPadded: false),
                    ],
                    [.maximum(stride: 2)],
                ])
            ]
        ),
        .block("Mixed_6b", blockC(128)), .block("Mixed_6c", blockC(160)), .block("Mixed_6d", blockC(160)),
        .block("Mixed_6e", blockC(192)),
        .block(
            "Mixed_7a",
            [
                .branches([
                    [
                        .convolution("branch3x3_1", 192, 1, 1),
                        .convolution("branch3x3_2", 320, 3, 3, stride: 2, isPadded: false),
                    ],
                    [
                        .convolution("branch7x7x3_1", 192, 1, 1), .convolution("branch7x7x3_2", 192, 1, 7),
                        .convolution("branch7x7x3_3", 192, 7, 1),
                        .convolution("branch7x7x3_4", 192, 3, 3, stride: 2, isPadded: false),
                    ],
                    [.maximum(stride: 2)],
                ])
            ]
        ),
        .block("Mixed_7b", blockE(pool: .average)), .block("Mixed_7c", blockE(pool: .maximum(stride: 1))),
    ]

    private static func blockA(pool: Int) -> [Node] {
        [
            .branches([
                [.convolution("branch1x1", 64, 1, 1)],
                [.convolution("branch5x5_1", 48, 1, 1), .convolution("branch5x5_2", 64, 5, 5)],
                [
                    .convolution("branch3x3dbl_1", 64, 1, 1), .convolution("branch3x3dbl_2", 96, 3, 3),
                    .convolution("branch3x3dbl_3", 96, 3, 3),
                ],
                [.average, .convolution("branch_pool", pool, 1, 1)],
            ])
        ]
    }

    private static func blockC(_ inner: Int) -> [Node] {
        [
            .branches([
                [.convolution("branch1x1", 192, 1, 1)],
                [
                    .convolution("branch7x7_1", inner, 1, 1), .convolution("branch7x7_2", inner, 1, 7),
                    .convolution("branch7x7_3", 192, 7, 1),
                ],
                [
                    .convolution("branch7x7dbl_1", inner, 1, 1), .convolution("branch7x7dbl_2", inner, 7, 1),
                    .convolution("branch7x7dbl_3", inner, 1, 7), .convolution("branch7x7dbl_4", inner, 7, 1),
                    .convolution("branch7x7dbl_5", 192, 1, 7),
                ],
                [.average, .convolution("branch_pool", 192, 1, 1)],
            ])
        ]
    }

    private static func blockE(pool: Node) -> [Node] {
        func halves(_ name: String) -> Node {
            .branches([[.convolution(name + "a", 384, 1, 3)], [.convolution(name + "b", 384, 3, 1)]])
        }
        return [
            .branches([
                [.convolution("branch1x1", 320, 1, 1)],
                [.convolution("branch3x3_1", 384, 1, 1), halves("branch3x3_2")],
                [
                    .convolution("branch3x3dbl_1", 448, 1, 1), .convolution("branch3x3dbl_2", 384, 3, 3),
                    halves("branch3x3dbl_3"),
                ],
                [pool, .convolution("branch_pool", 192, 1, 1)],
            ])
        ]
    }

    /// All convolutions, in the order of the network.
    public static let layers: [Layer] = {
        var layers: [Layer] = []
        _ = channels(of: network, inputs: 3, prefix: "", &layers)
        return layers
    }()

    private static func channels(of nodes: [Node], inputs: Int, prefix: String, _ layers: inout [Layer]) -> Int {
        var channels = inputs
        for node in nodes {
            switch node {
            case .convolution(let name, let outputs, let height, let width, let stride, let isPadded):
                layers.append(
                    Layer(
                        name: prefix + name,
                        inputs: channels,
                        outputs: outputs,
                        height: height,
                        width: width,
                        stride: stride,
                        isPadded: isPadded
                    )
                )
                channels = outputs
            case .maximum, .average: break
            case .branches(let branches):
                var sum = 0
                for branch in branches { sum += self.channels(of: branch, inputs: channels, prefix: prefix, &layers) }
                channels = sum
            case .block(let name, let nodes):
                channels = self.channels(of: nodes, inputs: channels, prefix: "\(name).", &layers)
            }
        }
        return channels
    }

    private let convolutions: [String: FrozenConvolution]

    /// Takes `NAME.weight` [Cout,kh,kw,Cin] and `NAME.bias` of every layer, batch norms folded.
    ///
    /// - Throws: `SafetensorsError` when one is missing or misshapen.
    public init(weights: SafetensorsFile) throws(SafetensorsError) {
        let reader = WeightReader(file: weights)
        var convolutions: [String: FrozenConvolution] = [:]
        for layer in Self.layers {
            convolutions[layer.name] = FrozenConvolution(
                weight: try reader.tensor(
                    "\(layer.name).weight",
                    [layer.outputs, layer.height, layer.width, layer.inputs]
                ),
                bias: try reader.tensor("\(layer.name).bias", [layer.outputs]),
                stride: layer.stride,
                activation: .relu
            )
        }
        self.convolutions = convolutions
    }

    /// Takes pytorch-fid's checkpoint: the layers' weights and biases, batch norms folded.
    ///
    /// - Throws: `TorchCheckpointError` when it is another network's.
    public static func tensors(
        of checkpoint: TorchCheckpoint
    ) throws(TorchCheckpointError) -> [(name: String, tensor: Tensor)] {
        var tensors: [(name: String, tensor: Tensor)] = []
        for layer in layers {
            let (inputs, outputs, area) = (layer.inputs, layer.outputs, layer.height * layer.width)
            let weight = try checkpoint.tensor(
                "\(layer.name).conv.weight",
                [outputs, inputs, layer.height, layer.width]
            )
            func ofNorm(_ name: String) throws(TorchCheckpointError) -> [Float] {
                try checkpoint.tensor("\(layer.name).bn.\(name)", [outputs]).values
            }
            let (gain, offset) = (try ofNorm("weight"), try ofNorm("bias"))
            let (mean, variance) = (try ofNorm("running_mean"), try ofNorm("running_var"))
            let scales = (0..<outputs).map { gain[$0] / (variance[$0] + 0.001).squareRoot() }
            let folded = weight.permuted([0, 2, 3, 1])
            folded.withUnsafeMutableBufferPointer { values in
                for index in values.indices { values[index] *= scales[index / (area * inputs)] }
            }
            let bias = (0..<outputs).map { offset[$0] - mean[$0] * scales[$0] }
            tensors.append(("\(layer.name).weight", folded))
            tensors.append(("\(layer.name).bias", Tensor(bias, shape: [outputs])))
        }
        return tensors
    }

    /// The features of a picture [1,H,W,3] in [−1, 1]: brought to 299 pixels as `pytorch-fid` does it (bilinear,
    /// nothing averaged first), 2,048 numbers, none negative.
    public func features(of picture: Tensor) -> [Float] {
        let layer = forward(Self.network, Variable(picture.resizedBilinear(Self.edge)), prefix: "")
        return layer.globalAveragePool().value.values
    }

    private func forward(_ nodes: [Node], _ input: Variable, prefix: String) -> Variable {
        var x = input
        for node in nodes {
            switch node {
            case .convolution(let name, _, let height, let width, _, let isPadded):
                guard let convolution = convolutions[prefix + name] else {
                    preconditionFailure("the network has no layer \(prefix + name)")
                }
                x = convolution(isPadded ? Variable(x.value.padded((height - 1) / 2, (width - 1) / 2)) : x)
            case .maximum(let stride): x = x.maxPooled(size: 3, stride: stride, padding: stride == 1 ? 1 : 0)
            case .average: x = Variable(x.value.averagedOverThree())
            case .branches(let branches):
                x = Variable.concatenated(branches.map { forward($0, x, prefix: prefix) }, axis: 3)
            case .block(let name, let nodes): x = forward(nodes, x, prefix: "\(name).")
            }
        }
        return x
    }
}

extension Tensor {
    /// A picture batch [N,H,W,C] with so many lines of zeros above and below, and columns left and right.
    fileprivate func padded(_ vertical: Int, _ horizontal: Int) -> Tensor {
        guard vertical > 0 || horizontal > 0 else { return self }
        let (batch, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
        let (rows, columns) = (height + 2 * vertical, width + 2 * horizontal)
        let result = Tensor(zeros: [batch, rows, columns, channels])
        withUnsafeBufferPointer { from in
            result.withUnsafeMutableBufferPointer { to in
                for line in 0..<batch * height {
                    let row = line / height * rows + vertical + line % height
                    let start = (row * columns + horizontal) * channels
                    let source = from[(line * width * channels)..<((line + 1) * width * channels)]
                    _ = to[start..<(start + width * channels)].update(fromContentsOf: source)
                }
            }
        }
        return result
    }

    /// The mean of the up to nine pixels round each one that are there.
    fileprivate func averagedOverThree() -> Tensor {
        let (batch, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
        let result = Tensor(zeros: shape)
        withUnsafeBufferPointer { from in
            result.withUnsafeMutableBufferPointer { to in
                for n in 0..<batch {
                    for y in 0..<height {
                        for x in 0..<width {
                            let rows = max(0, y - 1)...min(height - 1, y + 1)
                            let columns = max(0, x - 1)...min(width - 1, x + 1)
                            let at = ((n * height + y) * width + x) * channels
                            let share = 1 / Float(rows.count * columns.count)
                            for iy in rows {
                                for ix in columns {
                                    let source = ((n * height + iy) * width + ix) * channels
                                    for c in 0..<channels { to[at + c] += share * from[source + c] }
                                }
                            }
                        }
                    }
                }
            }
        }
        return result
    }

    /// A batch of pictures [N,H,W,C] brought to a square by straight lines between its nearest four pixels' middles.
    fileprivate func resizedBilinear(_ edge: Int) -> Tensor {
        let (batch, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
        func taps(_ place: Int, of count: Int) -> (low: Int, high: Int, part: Float) {
            let at = max(0, (Float(place) + 0.5) * Float(count) / Float(edge) - 0.5)
            let low = min(Int(at), count - 1)
            return (low, min(low + 1, count - 1), at - Float(low))
        }
        let (rows, columns) = (
            (0..<edge).map { taps($0, of: height) }, (0..<edge).map { taps($0, of: width) }
        )
        let result = Tensor(zeros: [batch, edge, edge, channels])
        withUnsafeBufferPointer { from in
            result.withUnsafeMutableBufferPointer { to in
                for n in 0..<batch {
                    for (y, row) in rows.enumerated() {
                        for (x, column) in columns.enumerated() {
                            for c in 0..<channels {
                                func pixel(_ iy: Int, _ ix: Int) -> Float {
                                    from[((n * height + iy) * width + ix) * channels + c]
                                }
                                let top =
                                    pixel(row.low, column.low) * (1 - column.part) + pixel(row.low, column.high)
                                    * column.part
                                let bottom =
                                    pixel(row.high, column.low) * (1 - column.part) + pixel(row.high, column.high)
                                    * column.part
                                to[((n * edge + y) * edge + x) * channels + c] =
                                    top * (1 - row.part) + bottom * row.part
                            }
                        }
                    }
                }
            }
        }
        return result
    }
}
