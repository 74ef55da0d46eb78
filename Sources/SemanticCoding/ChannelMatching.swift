import Foundation
import Imaging
import Networks
import Tensor

/// How a code is matched to the channel.
package struct ChannelMatchingSettings: Codable, Sendable, Equatable {
    /// Adam's steps.
    package var steps = 16
    /// Draws of the noise in each.
    package var draws = 2
    /// Adam's rate, in deviations of codes.
    package var rate: Float = 0.08
    /// Of LPIPS, and of 1 − cosine of the SFace embeddings.
    package var lpipsWeight: Float = 3.3
    /// Of 1 − cosine of the SFace embeddings.
    package var identityWeight: Float = 1
    /// Of the squared distance of the edited attribute from its degree.
    package var attributeWeight: Float = 0.15
    /// Of the squared distance from where it began, in deviations of codes.
    package var distanceWeight: Float = 0.002
    /// Of the networks' products.
    package var precision = ProductPrecision.bfloat16
    /// Of the noise.
    package var seed: UInt64 = 1

    package init() {}
}

/// The last steps of inversion and editing, through the channel: finds the code whose *received* picture is best.
///
/// The transmitter knows precoder, noise level and the receiver's estimator; nobody sees the picture of the code that is sent.
/// Each step takes a few draws of the noise, reparametrised, and goes down the loss of what the receiver would draw.
package struct ChannelMatching {
    private let space: LatentSpace
    private let student: any StyleGenerator
    private let lpips: LPIPS
    private let identity: IdentityNet
    private let predictor: AttributePredictor
    private let precoding: Precoding

    /// - Parameters:
    ///   - student: draws the space's codes at 128 pixels.
    ///   - lpips: the VGG16 variant.
    package init(
        space: LatentSpace,
        student: any StyleGenerator,
        lpips: LPIPS,
        identity: IdentityNet,
        predictor: AttributePredictor,
        precoding: Precoding
    ) {
        (self.space, self.student, self.lpips, self.identity) = (space, student, lpips, identity)
        (self.predictor, self.precoding) = (predictor, precoding)
    }

    /// A code as good as any to send at an SNR.
    ///
    /// - Parameters:
    ///   - code: that was found without regard to the channel.
    ///   - target: what the received picture should look like.
    ///   - face: whose face it should be; in the FFHQ frame, as the target.
    ///   - degrees: which the received picture should show, by the predictor's heads.
    ///   - dimension: how many of its numbers are sent; all when nil.
    ///   - snr: Es/N0 in dB.
    ///   - progress: called before each step; what it throws is passed on.
    /// - Returns: the code itself where codes go out as they are.
    package func match(
        _ code: [Float],
        to target: Picture,
        face: Picture,
        keeping degrees: [(head: Int, degree: Int)] = [],
        dimension: Int? = nil,
        snr: Double,
        settings: ChannelMatchingSettings = ChannelMatchingSettings(),
        progress: (StageProgress) throws -> Void = { _ in }
    ) throws -> [Float] {
        let count = dimension ?? code.count
        guard let axes = precoding.axes(dimension: count), settings.steps > 0 else { return code }
        let channel = CodeChannel(axes, snr: snr)
        let edge = student.resolution
        let objective = InversionObjective(
            photo: target.resizedArea(width: edge, height: edge).networkInput,
            face: face.resizedArea(width: edge, height: edge).networkInput,
            lpips: lpips,
            identity: identity,
            lpipsWeight: settings.lpipsWeight,
            identityWeight: settings.identityWeight,
            precision: settings.precision
        )
        // Short codes leave the other numbers at the mean, as the receiver does.
        let rest = Array(space.statistics.mean.dropFirst(count))
        let start = channel.whitened(Variable(Tensor(Array(code.prefix(count)), shape: [1, count]))).detached
        let offset = Variable(Tensor(zeros: [1, count]), requiresGradient: true)
        let adam = Adam(parameters: [offset], learningRate: settings.rate)
        var random = SeededGenerator(seed: settings.seed)
        for step in 0..<settings.steps {
            offset.zeroGradient()
            var noise: [Float] = []
            for draw in 0..<settings.draws {
                // Every other draw is the one before with the sign turned: what is odd in the noise averages out.
                noise +=
                    draw.isMultiple(of: 2) ? (0..<count).map { _ in random.normal() } : noise.suffix(count).map { -$0 }
            }
            // All draws at once: the weights are read once for all of them.
            var received = channel.received(start + offset, noise: noise)
            if !rest.isEmpty {
                let others = [[Float]](repeating: rest, count: settings.draws).flatMap { $0 }
                let tail = Variable(Tensor(others, shape: [settings.draws, rest.count]))
                received = received.concatenated(tail, axis: 1)
            }
            let picture = student.synthesize(received, resolution: edge, precision: settings.precision)
            let value = objective.value(of: picture)
            var loss = value.loss
            if !degrees.isEmpty {
                let positions = predictor.positions(picture)
                for (head, degree) in degrees {
                    loss =
                        loss + AttributePredictor.miss(positions, head: head, degree: degree) * settings.attributeWeight
                }
            }
            loss.backward()
            (offset.squared().sum() * settings.distanceWeight).backward()
            try progress(
                StageProgress(
                    fraction: Double(step) / Double(settings.steps),
                    note:
                        "through the channel \(step) of \(settings.steps), LPIPS \(String(format: "%.3f", value.lpips))"
                )
            )
            adam.step()
        }
        return channel.code(ofWhitened: start + offset).value.values + code.dropFirst(count)
    }
}
