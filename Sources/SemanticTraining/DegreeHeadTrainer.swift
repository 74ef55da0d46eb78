import Networks
import Tensor

/// Fits the five ordered heads to a frozen trunk's features.
///
/// Labels say on which side of a head's split a photo is; `PseudoDegrees` make degrees of them. A head's position on the scale is found
/// by cross-entropy over the degrees, and by how little it is to change when a drawn face goes through a noisy channel. Then it is
/// calibrated on shaken photos that it has not been fitted to.
struct DegreeHeadTrainer {
    /// Weight of the squared change of a position by the channel's noise.
    private static let noiseWeight: Float = 0.5
    private static let learningRate: Float = 5e-3
    private static let decay: Float = 2e-4
    private static let batch = 512

    /// What the heads are fitted to.
    struct Faces {
        /// Features of photos, [N][256], and of the same ones shaken.
        var plain: [[Float]] = []
        var shaken: [[Float]] = []
        /// Features of drawn faces, and of the same ones after the channel, [M][256].
        var drawn: [[Float]] = []
        var received: [[Float]] = []
    }

    let seed: UInt64
    let epochs: Int

    /// The heads, in `AttributePredictor`'s order.
    ///
    /// - Throws: `FaceDatasetError.noLabels` when the table lacks an attribute that the degrees need, and what `progress` throws.
    func fit(
        _ faces: Faces,
        data: FaceDataset,
        progress: (TrainingProgress) throws -> Void
    ) throws -> [OrdinalHead] {
        let scale = FeatureScale(faces.plain)
        let (plain, shaken) = (faces.plain.map(scale.apply), faces.shaken.map(scale.apply))
        let changes = zip(faces.drawn, faces.received).map { zip(scale.apply($0), scale.apply($1)).map { $0 - $1 } }
        // One in ten is kept for the calibration.
        let fitted = plain.indices.filter { !isHeldOut($0) }
        let steps = 100 * (1 + AttributePredictor.attributes.count)
        var done = 0
        func report(_ note: String, _ share: Double, _ loss: Double) throws {
            try progress(
                TrainingProgress(
                    step: 100 * done + Int(99 * share),
                    steps: steps,
                    loss: loss,
                    note: note,
                    secondsLeft: 0
                )
            )
        }
        let probe = try fitProbe(plain, labels: data.labels, columns: data.attributes.count, rows: fitted) {
            try report("attributes of features", $0, $1)
        }
        done += 1
        guard
            let degrees = PseudoDegrees.degrees(
                logits: plain.map(probe),
                darkness: data.pictures.map(PseudoDegrees.darkness),
                labels: data.labels,
                attributes: data.attributes
            )
        else { throw FaceDatasetError.noLabels("the label table lacks an attribute that the degrees need") }
        let kept = plain.indices.filter(isHeldOut)
        let (features, rows) = (plain + shaken, fitted + fitted.map { plain.count + $0 })
        return try AttributePredictor.attributes.enumerated().map { number, attribute in
            var head = try fitHead(
                features,
                degrees: degrees.map { $0[number] } + degrees.map { $0[number] },
                rows: rows,
                changes: changes
            ) { try report("degrees of \(attribute)", $0, $1) }
            done += 1
            let sides = kept.compactMap { data.binaryTruth(head: number, row: $0) }
            if let split = sides.first?.firstUpper, sides.count == kept.count {
                head = head.calibrated(
                    positions: kept.map { head.position(shaken[$0]) },
                    isUpper: sides.map(\.upper),
                    firstUpper: split
                )
            }
            return scale.unscaled(head)
        }
    }

    private func isHeldOut(_ row: Int) -> Bool { row % 10 == 9 }

    /// Logits of the labels from features, by logistic regression.
    private func fitProbe(
        _ features: [[Float]],
        labels: [[Float]],
        columns: Int,
        rows: [Int],
        progress: (Double, Double) throws -> Void
    ) throws -> ([Float]) -> [Float] {
        let width = features.first?.count ?? 0
        let weight = Variable(Tensor(zeros: [columns, width]), requiresGradient: true)
        let bias = Variable(Tensor(zeros: [columns]), requiresGradient: true)
        try descend([weight, bias], rows: rows, purpose: 1, progress: progress) { pick, _ in
            let logits = Self.stacked(pick.map { features[$0] }).linear(weight: weight, bias: bias)
            let truth = Variable(Tensor(pick.flatMap { labels[$0] }, shape: logits.shape))
            return (logits.softplus() - logits * truth).mean() + weight.squared().sum() * Self.decay
        }
        return { Self.stacked([$0]).linear(weight: weight, bias: bias).value.values }
    }

    private func fitHead(
        _ features: [[Float]],
        degrees: [Int],
        rows: [Int],
        changes: [[Float]],
        progress: (Double, Double) throws -> Void
    ) throws -> OrdinalHead {
        let width = features.first?.count ?? 0
        let weight = Variable(Tensor(zeros: [1, width]), requiresGradient: true)
        let bias = Variable(Tensor([1], shape: [1]), requiresGradient: true)
        // The precision is the softplus of this.
        let sure = Variable(Tensor([1], shape: [1, 1]), requiresGradient: true)
        let count = AttributePredictor.degrees
        let degree = Variable(Tensor((0..<count).map { Float($0) }, shape: [count]))
        let six = Variable(Tensor(repeating: 1, shape: [1, count]))
        try descend([weight, bias, sure], rows: rows, purpose: 2, progress: progress) { pick, random in
            let positions = Self.stacked(pick.map { features[$0] }).linear(weight: weight, bias: bias)
            let curvature = sure.softplus().matmul(six).reshaped([count]) * -0.5
            let logits = (positions.matmul(six) - degree).squared() * curvature
            var loss = logits.softmaxCrossEntropy(targets: pick.map { degrees[$0] })
            loss = loss + weight.squared().sum() * Self.decay
            if !changes.isEmpty {
                let some = (0..<pick.count / 4 + 1).map { _ in Int.random(in: changes.indices, using: &random) }
                let change = Self.stacked(some.map { changes[$0] }).linear(weight: weight)
                loss = loss + change.squared().mean() * Self.noiseWeight
            }
            return loss
        }
        return OrdinalHead(weights: weight.value.values, bias: bias.scalar, precision: sure.softplus().scalar)
    }

    private static func stacked(_ rows: [[Float]]) -> Variable {
        Variable(Tensor(rows.flatMap { $0 }, shape: [rows.count, rows.first?.count ?? 0]))
    }

    /// Adam over all rows, `epochs` times, in a seeded order.
    private func descend(
        _ parameters: [Variable],
        rows: [Int],
        purpose: UInt64,
        progress: (Double, Double) throws -> Void,
        loss: ([Int], inout SeededGenerator) -> Variable
    ) throws {
        let adam = Adam(parameters: parameters, learningRate: Self.learningRate)
        let batch = min(Self.batch, rows.count)
        let perEpoch = rows.count / max(1, batch)
        let steps = epochs * perEpoch
        var random = SeededGenerator(seed: seed &* 104_729 &+ purpose)
        var order = rows
        for step in 0..<steps {
            if step % perEpoch == 0 { order.shuffle(using: &random) }
            let at = step % perEpoch * batch
            let loss = loss(Array(order[at..<at + batch]), &random)
            loss.backward()
            adam.learningRate = Self.learningRate * min(1, 3 * (1 - Float(step) / Float(steps)))
            adam.step()
            adam.zeroGradients()
            try progress(Double(step) / Double(steps), Double(loss.scalar))
        }
    }
}

/// Features measured from their mean in their deviations, so that all learn equally fast.
private struct FeatureScale {
    private let mean, deviation: [Float]

    init(_ rows: [[Float]]) {
        let (width, count) = (rows.first?.count ?? 0, Float(max(1, rows.count)))
        var (sums, squares) = ([Float](repeating: 0, count: width), [Float](repeating: 0, count: width))
        for row in rows { for place in row.indices { sums[place] += row[place] } }
        let mean = sums.map { $0 / count }
        for row in rows {
            for place in row.indices { squares[place] += (row[place] - mean[place]) * (row[place] - mean[place]) }
        }
        self.mean = mean
        deviation = squares.map { ($0 / count).squareRoot() + 1e-3 }
    }

    func apply(_ row: [Float]) -> [Float] {
        row.indices.map { (row[$0] - mean[$0]) / deviation[$0] }
    }

    /// A head of such features as one of the features themselves.
    func unscaled(_ head: OrdinalHead) -> OrdinalHead {
        var result = head
        result.weights = zip(head.weights, deviation).map { $0 / $1 }
        result.bias -= result.position(mean) - result.bias
        return result
    }
}
