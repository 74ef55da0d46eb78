import Channel
import Imaging
import Networks
import SemanticCoding

/// One way from a photo and a request to a picture at the other end, through the daemons' modem.
package protocol Chain {
    /// As tables call it.
    var name: String { get }
    /// Of one picture.
    var airtime: Airtime { get }

    /// The pictures that arrive.
    ///
    /// - Parameters:
    ///   - face: what is sent.
    ///   - snr: Es/N0 in dB.
    ///   - seeds: of the noise, one for each transmission.
    /// - Returns: one for each seed; nil where nothing could be decoded.
    func received(_ face: ComparedFace, snr: Double, seeds: [UInt64]) throws -> [Picture?]
}

/// The product's own: one code, edited and made for the channel (JECC).
struct SemanticChain: Chain {
    let name: String
    /// How the code is edited and sent.
    let editor: FaceEditor
    let decoder: EditingDecoder
    /// How the code comes to be edited.
    enum Editing {
        /// JECC: the code itself, by attribute matching.
        case joint
        /// The same without the loop: as many whole steps as degrees are asked for, without a look.
        case unmatched
        /// A step of its own: the picture is inverted, edited and encoded again (theorem 1).
        case apart
    }

    var editing = Editing.joint
    /// Whether the code is matched to the channel.
    var isMatched = false
    /// Channel adapters of plain W (eq. 16–17).
    var adapters: ChannelAdapters?

    var airtime: Airtime { Airtime(reals: editor.dimension) }

    func received(_ face: ComparedFace, snr: Double, seeds: [UInt64]) throws -> [Picture?] {
        var edited =
            switch editing {
            case .joint: try face.edited(by: editor)
            case .unmatched: try editor.editedUnmatched(face.inversion(by: editor).code, as: face.requests)
            case .apart: try editedApart(face)
            }
        if isMatched {
            let code = try editor.match(
                edited,
                of: face.photo,
                dimension: nil,
                snr: Int(snr.rounded())
            ) { _ in }
            edited.matched = MatchedCode(code: code, snr: Int(snr.rounded()))
        }
        let designSNR = editor.kind.designSNR(on: snr)
        let pair = adapters?.pair(for: Int(snr.rounded()))
        let values = editor.channelEncode(edited, dimension: nil, designSNR: designSNR)
        let sent = pair.map { $0.encoder(values) } ?? values
        return try seeds.map { seed in
            var link = SimulatedLink(seed: SimulatedLink.seed(of: face.name, from: seed))
            guard let reals = try? link.received(sent, snr: snr) else { return nil }
            return try decoder.decode(
                values: reals.values,
                noiseVariance: reals.noiseVariance,
                designSNR: designSNR,
                isMatched: isMatched,
                adapterDigest: pair?.digest,
                resolution: face.photo.width
            ).picture
        }
    }

    /// The code, drawn, inverted again, edited, drawn and inverted once more.
    private func editedApart(_ face: ComparedFace) throws -> EditedCode {
        func again(_ code: [Float]) throws -> [Float] {
            let picture = editor.synthesizePicture(of: code, resolution: face.photo.width)
            return try editor.invert(picture, dimension: nil) { _ in }.code
        }
        let edited = try editor.edited(again(face.inversion(by: editor).code), as: face.requests)
        var last = try editor.edited(again(edited.code), as: [])
        (last.attribute, last.degreeAfter) = (edited.attribute, edited.degreeAfter)
        last.earlier = edited.earlier
        return last
    }
}

/// Pictures sent as such, edited by Talk2Edit on one side of the channel.
struct PictureChain: Chain {
    /// On which side they are edited.
    enum Place {
        case before, after
    }

    let name: String
    let coder: any PictureCoder
    let place: Place
    let editor: FaceEditor

    var airtime: Airtime { Airtime(reals: coder.dimension) }

    func received(_ face: ComparedFace, snr: Double, seeds: [UInt64]) throws -> [Picture?] {
        let sent = try coder.reals(of: place == .before ? face.editedPicture(by: editor) : face.photo)
        return try seeds.map { seed in
            var link = SimulatedLink(seed: SimulatedLink.seed(of: face.name, from: seed))
            guard let reals = try? link.received(sent, snr: snr),
                let arrived = try coder.picture(values: reals.values, noiseVariance: reals.noiseVariance)
            else { return nil }
            guard place == .after, !face.requests.isEmpty else { return arrived }
            let inversion = try editor.invert(arrived, dimension: nil) { _ in }
            let edited = try editor.edited(inversion.code, as: face.requests)
            return editor.synthesizePicture(of: edited.code, resolution: face.photo.width)
        }
    }
}
