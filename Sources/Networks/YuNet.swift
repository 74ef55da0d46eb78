import Glibc
import Imaging
import Tensor

/// The YuNet network (Wu et al. 2023): three heads at strides 8, 16 and 32, anchor-free, decoded to faces.
final class YuNet: Sendable {
    static let strides = [8, 16, 32]
    private static let largestStride = 32

    /// 1×1 convolution, depthwise 3×3, and ReLU except in the heads.
    private struct Unit: Sendable {
        let pointwise: FrozenConvolution
        let depthwise: FrozenDepthwise

        init(
            _ reader: WeightReader,
            _ name: String,
            _ inputs: Int,
            _ outputs: Int,
            _ activation: Activation = .relu
        )
            throws(SafetensorsError)
        {
            pointwise = FrozenConvolution(
                weight: try reader.tensor("\(name).pointwise", [outputs, inputs]).reshaped([outputs, 1, 1, inputs]),
                bias: try reader.tensor("\(name).pointwise_bias", [outputs])
            )
            depthwise = FrozenDepthwise(
                weight: try reader.tensor("\(name).depthwise", [3, 3, outputs]),
                bias: try reader.tensor("\(name).depthwise_bias", [outputs]),
                padding: 1,
                activation: activation
            )
        }

        func callAsFunction(_ x: Variable) -> Variable { depthwise(pointwise(x)) }
    }

    private struct Head: Sendable {
        let classification, objectness, box, landmarks: Unit
    }

    private let stem: FrozenConvolution
    private let entry: Unit
    /// Stages 1…5, two units each; pooling by two before 1, 3, 4 and 5 follows the published net.
    private let stages: [[Unit]]
    private let neck: [Unit]
    private let heads: [Head]

    init(weights: SafetensorsFile) throws(SafetensorsError) {
        let reader = WeightReader(file: weights)
        stem = FrozenConvolution(
            weight: try reader.tensor("stem.weight", [16, 3, 3, 3]),
            bias: try reader.tensor("stem.bias", [16]),
            stride: 2,
            padding: 1,
            activation: .relu
        )
        entry = try Unit(reader, "model0", 16, 16)
        var stages: [[Unit]] = []
        for (index, widths) in [(16, 16, 32), (32, 32, 64), (64, 64, 64), (64, 64, 64), (64, 64, 64)].enumerated() {
            stages.append([
                try Unit(reader, "model\(index + 1).0", widths.0, widths.1),
                try Unit(reader, "model\(index + 1).1", widths.1, widths.2),
            ])
        }
        self.stages = stages
        var neck: [Unit] = []
        var heads: [Head] = []
        for level in 0..<3 {
            neck.append(try Unit(reader, "neck.\(level)", 64, 64))
            heads.append(
                Head(
                    classification: try Unit(reader, "cls.\(level)", 64, 1, .none),
                    objectness: try Unit(reader, "obj.\(level)", 64, 1, .none),
                    box: try Unit(reader, "bbox.\(level)", 64, 4, .none),
                    landmarks: try Unit(reader, "kps.\(level)", 64, 10, .none)
                )
            )
        }
        (self.neck, self.heads) = (neck, heads)
    }

    /// Faces of at least `scoreThreshold`, overlapping ones included, in pixels of `picture`.
    func candidates(in picture: Picture, scoreThreshold: Double) -> [DetectedFace] {
        let features = levels(Variable(Self.input(picture)))
        return zip(features, zip(heads, Self.strides)).flatMap { map, next in
            Self.decode(map, head: next.0, stride: next.1, scoreThreshold: scoreThreshold)
        }
    }

    /// [1, H, W, 3] in BGR, 0…255, zeros added at the right and the bottom up to multiples of 32.
    private static func input(_ picture: Picture) -> Tensor {
        let height = (picture.height + largestStride - 1) / largestStride * largestStride
        let width = (picture.width + largestStride - 1) / largestStride * largestStride
        let result = Tensor(zeros: [1, height, width, 3])
        result.withUnsafeMutableBufferPointer { values in
            picture.pixels.withUnsafeBufferPointer { pixels in
                for row in 0..<picture.height {
                    for column in 0..<picture.width {
                        let (from, to) = ((row * picture.width + column) * 3, (row * width + column) * 3)
                        for channel in 0..<3 { values[to + channel] = Float(pixels[from + 2 - channel]) }
                    }
                }
            }
        }
        return result
    }

    /// Feature maps at strides 8, 16 and 32, after the top-down neck.
    private func levels(_ image: Variable) -> [Variable] {
        var h = entry(stem(image)).maxPooled(size: 2, stride: 2)
        var taps: [Variable] = []
        for (index, stage) in stages.enumerated() {
            h = stage[1](stage[0](h))
            if index >= 2 { taps.append(h) }
            if index >= 1 && index < stages.count - 1 { h = h.maxPooled(size: 2, stride: 2) }
        }
        let coarse = neck[2](taps[2])
        let middle = neck[1](taps[1] + coarse.nearestUpsampled(factor: 2))
        let fine = neck[0](taps[0] + middle.nearestUpsampled(factor: 2))
        return [fine, middle, coarse]
    }

    private static func decode(
        _ map: Variable,
        head: Head,
        stride: Int,
        scoreThreshold: Double
    ) -> [DetectedFace] {
        let columns = map.shape[2]
        let classes = head.classification(map).sigmoid().value.values
        let objects = head.objectness(map).sigmoid().value.values
        let chosen = classes.indices.filter {
            Double(classes[$0] * objects[$0]).squareRoot() >= scoreThreshold
        }
        guard !chosen.isEmpty else { return [] }
        let boxes = head.box(map).value.values.map(Double.init)
        let points = head.landmarks(map).value.values.map(Double.init)
        let step = Double(stride)
        return chosen.map { cell in
            let (column, row) = (Double(cell % columns), Double(cell / columns))
            let (centreX, centreY) = ((column + boxes[4 * cell]) * step, (row + boxes[4 * cell + 1]) * step)
            let (width, height) = (exp(boxes[4 * cell + 2]) * step, exp(boxes[4 * cell + 3]) * step)
            return DetectedFace(
                x: centreX - width / 2,
                y: centreY - height / 2,
                width: width,
                height: height,
                landmarks: (0..<5).map {
                    DetectedFace.Point(
                        x: (points[10 * cell + 2 * $0] + column) * step,
                        y: (points[10 * cell + 2 * $0 + 1] + row) * step
                    )
                },
                score: Double(classes[cell] * objects[cell]).squareRoot()
            )
        }
    }
}
