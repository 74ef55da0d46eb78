import Basics
import Imaging
import Networks

/// The stages of Editable-DeepSC, from artifact to artifact.
///
/// A stage whose artifact is there and readable is done already and only reads it: so work goes on after the last finished
/// stage, and a damaged artifact, or a code of another kind than is sent now, is made anew.
package struct EditingEncoder: SemanticEncoder {
    /// Fewer reals say hardly whose face it is.
    package static let leastDimension = 16

    /// How much of the inverted picture's SFace cosine to the photo may be lost before a code is matched to the channel anew, and sent whole: that brings the person back,
    /// whom edit after edit takes away.
    private static let mostLost = 0.25

    private let editors: [LatentKind: any FaceEditing]
    /// Used where none is for the kind that an order asks for.
    private let usual: any FaceEditing
    private let mode: SemanticMode
    private let shelf: ChannelAdapterShelf?
    /// Edge in pixels of the pictures kept for people.
    private let resolution: Int

    /// - Parameters:
    ///   - editors: one for each kind of code, the usual one first.
    ///   - mode: of orders that name none.
    ///   - shelf: channel adapters for mode paper; none when nil.
    ///   - resolution: edge in pixels of the pictures that are kept for people.
    /// - Precondition: there is an editor.
    package init(editors: [any FaceEditing], mode: SemanticMode, shelf: ChannelAdapterShelf? = nil, resolution: Int) {
        self.editors = Dictionary(editors.map { ($0.kind, $0) }) { first, _ in first }
        (usual, self.mode, self.shelf, self.resolution) = (editors[0], mode, shelf, resolution)
    }

    package func reload() throws { try shelf?.reload() }

    package var dimension: Int { usual.dimension }

    func mode(of order: EncodingOrder) -> SemanticMode { order.mode ?? mode }

    func editor(for order: EncodingOrder) -> any FaceEditing {
        editors[mode(of: order) == .paper ? .w : .expanded] ?? usual
    }

    package func accept(
        _ order: EncodingOrder,
        photo: [UInt8],
        checkpoint: () throws -> Void
    ) throws -> AcceptedOrder {
        let editor = editor(for: order)
        if let dimension = order.dimension { try check(dimension, of: editor) }
        let requests = try understand(order)
        try check(requests, of: editor)
        try checkpoint()
        let aligned = try align(photo, order, checkpoint: checkpoint)
        return try AcceptedOrder(
            requests,
            turned: aligned.turned,
            artifacts: [.aligned: PictureFile.encodePNG(aligned.square)]
        )
    }

    package func isAligned(_ artifacts: any EncodingArtifacts) -> Bool { square(in: artifacts) != nil }

    package func encode(
        _ order: EncodingOrder,
        stage: EncodingStage,
        artifacts: any EncodingArtifacts,
        progress: (StageProgress) throws -> Void
    ) throws -> StageReport {
        switch stage {
        case .aligning:
            _ = try align(order, artifacts) { try progress(.init(fraction: 0, note: "")) }
            return StageReport()
        case .inverting: return StageReport(inversion: try invert(order, artifacts, progress: progress))
        case .editing: return StageReport(edit: try edit(order, artifacts, progress: progress))
        }
    }

    /// The encoder's start and few steps of inversion, edited through the student and not matched to the channel. Plain W has
    /// no start worth showing.
    package func draft(
        _ order: EncodingOrder,
        artifacts: any EncodingArtifacts,
        progress: (StageProgress) throws -> Void
    ) throws -> CodeWord? {
        let editor = editor(for: order)
        guard editor.kind == .expanded, inversion(of: order, in: artifacts) == nil,
            edited(of: order, in: artifacts) == nil
        else { return nil }
        let requests = try requests(of: order, in: artifacts)
        let dimension = dimension(of: order)
        let start = try start(of: order, in: artifacts)
        let code = try start?.code ?? editor.sketch(align(order, artifacts), dimension: dimension, progress: progress)
        let edited = try editor.edit(code, requests, manner: .sketch, dimension: dimension, progress: progress)
        return CodeWord(
            reals: editor.channelEncode(edited, dimension: dimension, designSNR: order.snr),
            modelDigest: editor.modelDigest,
            mode: .linear,
            designSNR: order.snr,
            edit: edited.expectedEdit,
            isDraft: true
        )
    }

    package func codeWord(
        _ order: EncodingOrder,
        artifacts: any EncodingArtifacts,
        progress: (StageProgress) throws -> Void
    ) throws -> (codeWord: CodeWord, report: StageReport) {
        let edited = try edit(order, artifacts, progress: progress)
        let (editor, mode) = (editor(for: order), mode(of: order))
        let designSNR = mode == .paper ? nil : order.snr
        if edited.isContinued == true, let designSNR, let digest = order.baseDigest {
            return try (
                continued(edited, order, artifacts, designSNR: designSNR, digest: digest),
                StageReport(inversion: inversion(of: order, in: artifacts), edit: edited)
            )
        }
        try keep(nil, of: edited, in: artifacts)
        let adapters = mode == .paper ? order.snr.flatMap { shelf?.adapters.pair(for: $0) } : nil
        let values = editor.channelEncode(edited, dimension: dimension(of: order), designSNR: designSNR)
        let codeWord = CodeWord(
            reals: adapters.map { $0.encoder(values) } ?? values,
            modelDigest: editor.modelDigest,
            mode: mode,
            designSNR: designSNR,
            edit: edited.expectedEdit,
            adapterDigest: adapters?.digest
        )
        return (codeWord, StageReport(inversion: inversion(of: order, in: artifacts), edit: edited))
    }

    /// The code word of an edited code that goes on from one that the receiver has: the difference, or where that is too much
    /// the whole, of which the receiver knows most.
    private func continued(
        _ edited: EditedCode,
        _ order: EncodingOrder,
        _ artifacts: any EncodingArtifacts,
        designSNR: Int,
        digest: [UInt8]
    ) throws -> CodeWord {
        let editor = editor(for: order)
        let base = try ChecksummedJSON.decode(EditedCode.self, from: artifacts.read(.base)).received
        let difference = zip(edited.target, base).map { $0 - $1 }
        // Of a sentence that changes nothing there is no difference to send: the whole is another look at the face.
        let isChanged = difference.contains { $0 != 0 }
        let coded = isChanged ? editor.channelEncode(difference: difference, designSNR: designSNR) : nil
        try keep(coded.map { zip(base, $0.kept).map { $0 + $1 } }, of: edited, in: artifacts)
        return CodeWord(
            reals: coded?.reals ?? editor.channelEncode(edited, dimension: nil, designSNR: designSNR),
            modelDigest: editor.modelDigest,
            mode: mode(of: order),
            designSNR: designSNR,
            edit: edited.expectedEdit,
            baseDigest: digest
        )
    }

    /// Keeps what the receiver is to have of an edited code, for the sentence after it.
    private func keep(_ sent: [Float]?, of edited: EditedCode, in artifacts: any EncodingArtifacts) throws {
        guard edited.sent != sent else { return }
        var edited = edited
        edited.sent = sent
        try artifacts.write(ChecksummedJSON.encode(edited), as: .edited)
    }

    // MARK: Stages

    /// Photo to FFHQ square.
    private func align(
        _ order: EncodingOrder,
        _ artifacts: any EncodingArtifacts,
        checkpoint: () throws -> Void = {}
    ) throws -> Picture {
        if let done = square(in: artifacts) { return done }
        let square = try align(artifacts.read(.photo), order, checkpoint: checkpoint).square
        try artifacts.write(PictureFile.encodePNG(square), as: .aligned)
        return square
    }

    /// Square to code.
    private func invert(
        _ order: EncodingOrder,
        _ artifacts: any EncodingArtifacts,
        progress: (StageProgress) throws -> Void
    ) throws -> Inversion {
        if let done = inversion(of: order, in: artifacts) { return done }
        let square = try align(order, artifacts)
        let editor = editor(for: order)
        let inversion = try editor.invert(square, dimension: dimension(of: order), progress: progress)
        try write(inversion.code, by: editor, as: .invertedPicture, to: artifacts)
        try artifacts.write(ChecksummedJSON.encode(inversion), as: .inversion)
        return inversion
    }

    /// Code to edited code, matched to the channel where the mode says so.
    private func edit(
        _ order: EncodingOrder,
        _ artifacts: any EncodingArtifacts,
        progress: (StageProgress) throws -> Void
    ) throws -> EditedCode {
        if let done = edited(of: order, in: artifacts) { return done }
        let requests = try requests(of: order, in: artifacts)
        let (editor, dimension) = (editor(for: order), dimension(of: order))
        let start = try start(of: order, in: artifacts)
        let matchingSNR = matchingSNR(of: order)
        var base = try base(of: order, in: artifacts)
        let share = matchingSNR == nil ? 1.0 : 0.5
        var edited: EditedCode
        if let start, requests.isEmpty {
            edited = start
        } else {
            let code = try start?.code ?? invert(order, artifacts, progress: progress).code
            let manner: EditManner = base == nil ? .whole : .continued
            edited = try editor.edit(code, requests, manner: manner, dimension: dimension) {
                try progress(StageProgress(fraction: share * $0.fraction, note: $0.note))
            }
        }
        (edited.follows, edited.matched) = (start == nil ? nil : true, nil)
        if let found = base {
            // What is not edited stays as it was sent, matched to the channel as it was.
            let code = zip(edited.code, zip(found.target, found.code)).map { $1.0 + ($0 - $1.1) }
            edited.matched = matchingSNR.map { MatchedCode(code: code, snr: $0) }
            if let before = inversion(of: order, in: artifacts)?.cosine,
                let now = try editor.likeness(of: code, to: align(order, artifacts)), now < before - Self.mostLost
            {
                base = nil
            }
        }
        (edited.isContinued, edited.sent) = (base == nil ? nil : true, nil)
        if base == nil, let matchingSNR {
            let code = try editor.match(
                edited,
                of: align(order, artifacts),
                dimension: dimension,
                snr: matchingSNR
            ) { try progress(StageProgress(fraction: share * (1 + $0.fraction), note: $0.note)) }
            edited.matched = MatchedCode(code: code, snr: matchingSNR)
        }
        try write(edited.code, by: editor, as: .editedPicture, to: artifacts)
        try artifacts.write(ChecksummedJSON.encode(edited), as: .edited)
        return edited
    }

    // MARK: Refusals

    /// Of no sentence, none: a stream may show the face as it is.
    private func understand(_ order: EncodingOrder) throws(EncodingRefusal) -> [RequestedEdit] {
        guard !order.instruction.isEmpty else { return [] }
        return try reading(order) { (reading) throws(RequestRefusal) in try reading.editsAlone() }
    }

    /// What is wanted of the reading of an order's instruction.
    func reading<Wanted>(
        _ order: EncodingOrder,
        _ wanted: (SentenceReading) throws(RequestRefusal) -> Wanted
    ) throws(EncodingRefusal) -> Wanted {
        do throws(RequestRefusal) {
            return try wanted(usual.reading(of: order.instruction))
        } catch {
            throw EncodingRefusal(code: "not_understood", "\(error)")
        }
    }

    /// Whether there is a codec for everything that is asked for.
    func check(_ requests: [RequestedEdit], of editor: any FaceEditing) throws(EncodingRefusal) {
        do throws(EditError) {
            for requested in requests { try editor.check(requested.request) }
        } catch {
            throw EncodingRefusal(code: "no_codec", "\(error)")
        }
    }

    private func align(_ photo: [UInt8], _ order: EncodingOrder, checkpoint: () throws -> Void) throws -> AlignedFace {
        do throws(AlignmentError) {
            return try usual.align(
                photo: photo,
                face: order.face,
                alreadyAligned: order.isAligned,
                checkpoint: checkpoint
            )
        } catch {
            throw error.refusal
        }
    }

    private func check(_ dimension: Int, of editor: any FaceEditing) throws(EncodingRefusal) {
        guard dimension != editor.dimension else { return }
        guard editor.kind == .expanded else {
            let only = editor.dimension
            throw EncodingRefusal(
                code: "bad_symbols",
                "symbols must be \(only) in plain W (mode \"paper\"): no other code"
            )
        }
        let most = editor.maximumDimension
        guard dimension.isMultiple(of: 2), (Self.leastDimension...most).contains(dimension) else {
            throw EncodingRefusal(
                code: "bad_symbols",
                "symbols must be an even number, \(Self.leastDimension) to \(most)"
            )
        }
    }

    /// An order that was accepted in another mode is sent whole.
    private func dimension(of order: EncodingOrder) -> Int? {
        editor(for: order).kind == .expanded ? order.dimension : nil
    }

    /// What the code is matched to; nil when it is not.
    private func matchingSNR(of order: EncodingOrder) -> Int? { mode(of: order) == .full ? order.snr : nil }

    // MARK: Artifacts

    /// What was understood when the order was accepted; orders of old have one request.
    private func requests(
        of order: EncodingOrder,
        in artifacts: any EncodingArtifacts
    ) throws(EncodingRefusal) -> [EditRequest] {
        if let all: [RequestedEdit] = stored(.request, in: artifacts) { return all.map(\.request) }
        if let one: EditRequest = stored(.request, in: artifacts) { return [one] }
        return try understand(order).map(\.request)
    }

    /// Where a conversation goes on; nil at the photo's own code.
    private func start(of order: EncodingOrder, in artifacts: any EncodingArtifacts) throws -> EditedCode? {
        guard artifacts.has(.start) else { return nil }
        // Without it the edits before would be lost, and nobody told.
        let start = try ChecksummedJSON.decode(EditedCode.self, from: artifacts.read(.start))
        guard start.kind == editor(for: order).kind else { throw Self.otherKind }
        return start
    }

    /// What the receiver has and the work can go on from; nil where it has nothing, or the order is another kind of code.
    private func base(of order: EncodingOrder, in artifacts: any EncodingArtifacts) throws -> EditedCode? {
        guard order.baseDigest != nil, order.snr != nil, mode(of: order) != .paper, artifacts.has(.base) else {
            return nil
        }
        let editor = editor(for: order)
        let base = try ChecksummedJSON.decode(EditedCode.self, from: artifacts.read(.base))
        let isWhole =
            base.code.count == editor.dimension && dimension(of: order) ?? editor.dimension == editor.dimension
        // A code that was matched to the channel and one that was not have no more than the face in common.
        let isAlike = (base.matched != nil) == (matchingSNR(of: order) != nil)
        return editor.goesOn && base.kind == editor.kind && isWhole && isAlike ? base : nil
    }

    func square(in artifacts: any EncodingArtifacts) -> Picture? {
        try? PictureFile.decode(artifacts.read(.aligned))
    }

    private func inversion(of order: EncodingOrder, in artifacts: any EncodingArtifacts) -> Inversion? {
        guard let done: Inversion = stored(.inversion, in: artifacts) else { return nil }
        return done.kind == editor(for: order).kind ? done : nil
    }

    private func edited(of order: EncodingOrder, in artifacts: any EncodingArtifacts) -> EditedCode? {
        guard let done: EditedCode = stored(.edited, in: artifacts) else { return nil }
        let isCurrent = done.kind == editor(for: order).kind && done.isMatched(to: matchingSNR(of: order))
        return isCurrent ? done : nil
    }

    func stored<Value: Decodable>(
        _ artifact: EncodingArtifact,
        in artifacts: any EncodingArtifacts
    ) -> Value? {
        try? ChecksummedJSON.decode(Value.self, from: artifacts.read(artifact))
    }

    private func write(
        _ code: [Float],
        by editor: any FaceEditing,
        as artifact: EncodingArtifact,
        to artifacts: any EncodingArtifacts
    ) throws {
        let picture = editor.synthesizePicture(of: code, resolution: resolution)
        try artifacts.write(PictureFile.encodePNG(picture), as: artifact)
    }
}

extension AcceptedOrder {
    /// An order for edits, which are kept for the work on it.
    ///
    /// - Parameters:
    ///   - act: what becomes of the edits before, in words.
    ///   - artifacts: what has been made besides.
    init(
        _ requests: [RequestedEdit],
        act: String? = nil,
        turned: Int,
        artifacts: [EncodingArtifact: [UInt8]]
    ) throws {
        let words = [act].compactMap(\.self) + requests.map { "\($0.request)" }
        self.init(
            request: words.isEmpty ? "as it is" : words.joined(separator: ", "),
            edits: requests.map { UnderstoodEdit(request: "\($0.request)", span: $0.span) },
            turned: turned,
            artifacts: artifacts.merging([.request: try ChecksummedJSON.encode(requests)]) { $1 }
        )
    }
}
