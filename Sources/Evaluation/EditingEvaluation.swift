import Basics
import Foundation
import Imaging
import Networks
import SemanticCoding
import Tensor

/// How well one request is carried out on codes of photos, as the attribute predictor and SFace see it.
package struct EditingScore: Encodable, Sendable {
    package let sentence: String
    package let pictures: Int
    /// Pictures that showed the expected degree before: nothing was to do.
    package let fulfilled: Int
    /// Of the others, the share whose picture shows the expected degree at the receiver.
    package let reached: Double
    /// Of the others, the share whose picture there is at most one degree from the expected one.
    package let near: Double
    /// Of the others, the share whose mean degree there has gone the way it should by a quarter of a degree or more.
    package let moved: Double
    /// Of the others, how far the mean degree there has gone the way it should, for each degree that was asked for; on average.
    package let arrived: Double
    /// Median SFace cosine of the pictures before the edit and at the receiver.
    package let cosine: Double
    /// Mean of the other four attributes' changes, in degrees, and the share of them that have not changed.
    package let others, othersKept: Double
    /// Median LPIPS (VGG16) of the two outside the attribute's region; nil for what is all over the face.
    package let outside: Double?
    /// Seconds that editing and matching take, on average.
    package let seconds: Double
}

/// Edits codes of photos, sends them through the daemons' modem and noise, and scores the pictures.
///
/// The predictor is the one that attribute matching asks, so `reached` says how often matching finds a code, and how well
/// that outlives the channel, rather than what people would see.
package struct EditingEvaluation {
    private let editor: FaceEditor
    private let receiver: EditingDecoder
    private let predictor: AttributePredictor
    private let identity: IdentityNet
    private let lpips: LPIPS

    /// - Parameter receiver: of the editor's codes.
    package init(
        editor: FaceEditor,
        receiver: EditingDecoder,
        predictor: AttributePredictor,
        identity: IdentityNet,
        lpips: LPIPS
    ) {
        (self.editor, self.receiver) = (editor, receiver)
        (self.predictor, self.identity, self.lpips) = (predictor, identity, lpips)
    }

    /// - Parameters:
    ///   - codes: of inverted photos; the editor's.
    ///   - requests: sentences and what they ask for.
    ///   - symbols: how many numbers of an expanded code are used; all by default.
    ///   - snr: of the channel's reals, in dB; no noise when nil.
    ///   - seed: of the noise.
    ///   - isMatched: whether codes are matched to the channel, as in mode full.
    /// - Throws: `EditError.noCodec` when a request cannot be carried out, and what `progress` throws.
    package func scores(
        codes: [[Float]],
        requests: [(sentence: String, request: EditRequest)],
        symbols: Int?,
        snr: Double?,
        seed: UInt64,
        isMatched: Bool,
        progress: (Double, String) throws -> Void
    ) throws -> [EditingScore] {
        var outcomes = [[Outcome]](repeating: [], count: requests.count)
        var link = SimulatedLink(seed: seed)
        let designSNR = snr.flatMap(editor.kind.designSNR)
        for (index, code) in codes.enumerated() {
            let done = Double(index) / Double(codes.count)
            let picture = editor.synthesizePicture(of: code, resolution: AttributePredictor.edge)
            let before = seen(picture)
            for (number, (sentence, request)) in requests.enumerated() {
                try progress(done, sentence)
                let began = ContinuousClock.now
                var edited = try editor.edit(code, request, dimension: symbols) { _ in }
                if isMatched, let designSNR {
                    let code = try editor.match(edited, of: picture, dimension: symbols, snr: designSNR) { _ in }
                    edited.matched = MatchedCode(code: code, snr: designSNR)
                }
                let seconds = (ContinuousClock.now - began).seconds
                let sent = editor.channelEncode(edited, dimension: symbols, designSNR: designSNR)
                let reals = try link.received(sent, snr: snr)
                let received = try receiver.decode(
                    values: reals.values,
                    noiseVariance: reals.noiseVariance,
                    designSNR: designSNR,
                    resolution: AttributePredictor.edge
                )
                var outcome = Outcome(request: request, edited: edited, before, seen(received.picture))
                outcome.seconds = seconds
                outcome.outside = EditRegion(attribute: request.attribute.rawValue)?
                    .distance(of: received.picture, to: picture, lpips: lpips)
                outcomes[number].append(outcome)
            }
        }
        return zip(requests, outcomes).map { EditingScore(sentence: $0.sentence, outcomes: $1) }
    }

    private func seen(_ picture: Picture) -> Seen {
        let input = picture.networkInput
        let logits = predictor.logits(input).value.values
        return Seen(
            degrees: AttributePredictor.likeliestDegrees(logits),
            means: AttributePredictor.meanDegrees(logits),
            face: identity.embedding(aligned: input).value.values
        )
    }
}

/// What the networks see in a picture.
private struct Seen {
    let degrees: [Int]
    let means: [Double]
    let face: [Float]
}

/// One request on one photo.
private struct Outcome {
    let isFulfilled, hasReached, isNear, hasMoved: Bool
    let arrived, cosine, others, othersKept: Double
    var seconds = 0.0
    var outside: Double?

    init(request: EditRequest, edited: EditedCode, _ before: Seen, _ after: Seen) {
        let head = AttributePredictor.attributes.firstIndex(of: request.attribute.rawValue) ?? 0
        let (from, to) = (before.degrees[head], after.degrees[head])
        let wanted = edited.degreeExpected
        isFulfilled = from == wanted
        (hasReached, isNear) = (to == wanted, abs(to - wanted) <= 1)
        let change = (after.means[head] - before.means[head]) * Double((wanted - from).signum())
        hasMoved = change >= 0.25
        arrived = change / Double(max(1, abs(wanted - from)))
        cosine = Double(IdentityNet.cosine(before.face, after.face))
        let changes = before.degrees.indices.filter { $0 != head }.map { abs(before.degrees[$0] - after.degrees[$0]) }
        others = Double(changes.reduce(0, +)) / Double(max(1, changes.count))
        othersKept = Double(changes.count { $0 == 0 }) / Double(max(1, changes.count))
    }
}

extension EditingScore {
    fileprivate init(sentence: String, outcomes: [Outcome]) {
        let open = outcomes.filter { !$0.isFulfilled }
        let count = Double(max(1, open.count))
        func share(_ holds: (Outcome) -> Bool) -> Double { Double(open.count(where: holds)) / count }
        self.init(
            sentence: sentence,
            pictures: outcomes.count,
            fulfilled: outcomes.count - open.count,
            reached: share(\.hasReached),
            near: share(\.isNear),
            moved: share(\.hasMoved),
            arrived: open.map(\.arrived).reduce(0, +) / count,
            cosine: InversionScore.Spread(open.map(\.cosine)).median,
            others: open.map(\.others).reduce(0, +) / count,
            othersKept: open.map(\.othersKept).reduce(0, +) / count,
            outside: open.compactMap(\.outside).isEmpty
                ? nil : InversionScore.Spread(open.compactMap(\.outside)).median,
            seconds: open.map(\.seconds).reduce(0, +) / count
        )
    }
}
