import Basics
import Channel
import ControlAPI
import Crypto
import Foundation
import Imaging
import Logging
import Networks
import SemanticCoding
import ServiceKit
import Wire

/// The receiver's work: takes the channel out of each transmission that has arrived, draws the picture, keeps it and says
/// what to report.
///
/// The actor runs on a thread of its own, because it waits for the disk. The maths runs on another one.
actor TransferReceiver {
    /// Edges, in pixels, of the pictures that can be drawn.
    static let resolutions = [128, 256, 512, 1024]

    let book: ResultBook
    private let crashed: CrashedTransfers
    /// By the beginning of the digest of the models that a transfer was made with, as it is sent; under an empty one, a
    /// decoder that looks at digests itself.
    private let decoders: [[UInt8]: any SemanticDecoder]
    /// Of all pictures; what the transmitter asks for when nil.
    private let resolution: Int?
    private var limits: ReceiverConfiguration.Limits
    private var gate: QualityGate
    let readiness: Readiness
    let metrics: ReceiverMetrics
    private let maths: WorkThread
    private let disk: WorkThread
    private let logger: Logger

    private var atWork: Set<Work> = []
    private var incomplete = IncompleteTransfers()
    private let began = ContinuousClock.now

    nonisolated var unownedExecutor: UnownedSerialExecutor { disk.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - maths: where pictures are drawn.
    ///   - disk: where the actor itself runs.
    init(
        book: sending ResultBook,
        crashed: CrashedTransfers,
        decoders: [[UInt8]: any SemanticDecoder],
        resolution: Int?,
        limits: ReceiverConfiguration.Limits,
        gate: QualityGate,
        readiness: Readiness,
        metrics: ReceiverMetrics,
        maths: WorkThread,
        disk: WorkThread,
        logger: Logger
    ) {
        (self.book, self.crashed, self.resolution) = (book, crashed, resolution)
        self.decoders = Dictionary(
            decoders.map { (Array($0.prefix(SideInformation.digestSize)), $1) },
            uniquingKeysWith: { first, _ in first }
        )
        (self.limits, self.gate) = (limits, gate)
        (self.readiness, self.metrics) = (readiness, metrics)
        (self.maths, self.disk, self.logger) = (maths, disk, logger)
    }

    /// Has the decoders take in what was installed since.
    func reload() async throws {
        try await maths.run { [decoders] _ in for decoder in decoders.values { try decoder.reload() } }
    }

    /// Takes other limits from now on.
    func use(_ limits: ReceiverConfiguration.Limits, _ gate: QualityGate, _ retention: RetentionPolicy) {
        (self.limits, self.gate) = (limits, gate)
        book.use(retention)
    }

    /// How many transfers there are records of.
    var resultCount: Int { book.count }

    /// The records of the transfers that were received last, the latest first.
    func results(most: Int) -> [ReceivedTransfer] { book.latest(most: most) }

    /// What is known of a transfer.
    ///
    /// - Throws: `ControlError` when nothing is.
    func result(of id: UUID) throws(ControlError) -> ReceivedTransfer {
        guard let result = book.store.find(id) else {
            throw ControlError(
                status: .notFound,
                code: "no_reception",
                message:
                    "nothing was received as \(id.uuidString.lowercased()), or it was so long ago that it is forgotten"
            )
        }
        return result
    }

    /// A file of a transfer that was received.
    ///
    /// - Throws: `ControlError` when it is not there, or not any more.
    func file(_ name: String, of id: UUID) throws(ControlError) -> [UInt8] {
        let result = try result(of: id)
        guard let bytes = book.store.file(name, of: id) else {
            throw ControlError(
                status: .notFound,
                code: "no_file",
                message: result.doubts?.isWithheld == true
                    ? "the picture is withheld: \(result.doubts?.words ?? "")" : "there is no \(name) of it any more"
            )
        }
        return bytes
    }

    /// Handles one transmission.
    ///
    /// - Parameter peer: whose key it came under.
    /// - Returns: the report to send; nil while the same transfer is being drawn, and while there is too much to do: the
    ///   transmitter will send it again.
    func handle<Peer>(_ transmission: ReceivedTransmission<Peer>, of peer: String) async -> TransferReport? {
        let id = transmission.side.transferID
        // Nobody waits for the end of a draft: what follows it is drawn after it.
        let work = Work(id: id, isDraft: transmission.side.isDraft)
        guard !atWork.contains(work) else { return nil }
        guard atWork.count < limits.transfers else {
            metrics.link.transfers("overload")
            return nil
        }
        atWork.insert(work)
        metrics.link.queueDepth.record(atWork.count)
        defer {
            atWork.remove(work)
            metrics.link.queueDepth.record(atWork.count)
        }
        var logger = logger
        logger[metadataKey: "transfer"] = "\(id.uuidString.lowercased())"
        do {
            let decoder = try decoder(for: transmission.side)
            if let known = book.store.find(id), transmission.side.isDraft || known.isDraft != true {
                logger.info("received before: acknowledged again")
                metrics.link.transfers("repeated")
                return report(known, of: transmission)
            }
            let result = try await receive(transmission, of: peer, by: decoder)
            logger.info(
                work.isDraft ? "received a draft" : "received",
                metadata: [
                    "snr_db": "\(String(format: "%.1f", result.snrDecibels))", "erasures": "\(result.erasures)",
                    "seconds": "\(String(format: "%.2f", result.seconds))",
                ]
            )
            return report(result, of: transmission)
        } catch {
            return report(error, of: transmission, logger)
        }
    }

    /// Removes pictures that are too old or too much, at once and then every minute, until cancelled.
    func keepTidy() async {
        book.load()
        while !Task.isCancelled {
            book.tidy(at: Date(), atWork: Set(atWork.map(\.id)))
            incomplete.expire(at: .now - began)
            try? await Task.sleep(for: .seconds(60))
        }
    }

    /// Who draws a transfer.
    ///
    /// - Throws: `Refusal` for one that will never be drawn here.
    func decoder(for side: SideInformation) throws(Refusal) -> any SemanticDecoder {
        guard let decoder = decoders[side.modelDigest] ?? decoders[[]] else {
            throw Refusal("the receiver has other models: install the same on both hosts")
        }
        if let digest = side.adapterDigest, !decoder.hasAdapters(digest: digest) {
            throw Refusal(
                "the receiver lacks the channel adapters: put the same into adapters/ on both hosts, and reload"
            )
        }
        guard Self.resolutions.contains(Int(side.edge)) else {
            throw Refusal("the receiver draws squares of 128, 256, 512 or 1024 pixels")
        }
        return decoder
    }

    /// Takes the channel out of one transmission, draws the picture and keeps it.
    ///
    /// - Throws: `Refusal`; `Incomplete`, `AnotherCopy`, `ChannelEstimationError` when it is to be sent again; `FileError` when it cannot be kept; what
    ///   the decoder throws.
    private func receive<Peer>(
        _ transmission: ReceivedTransmission<Peer>,
        of peer: String,
        by decoder: any SemanticDecoder
    ) async throws -> ReceivedTransfer {
        let side = transmission.side
        let crashes = crashed.count(of: side.transferID)
        guard crashes < WorkAtCrash.mostCrashes else {
            throw Refusal("the receiver crashed \(crashes) times while it drew this: see its log")
        }
        let began = ContinuousClock.now
        let (estimate, reals, signal, count) = try demodulate(transmission, of: peer)
        let erased = reals.noiseVariance.count { !$0.isFinite }
        guard Double(erased) <= limits.mostErased * Double(reals.values.count) else {
            throw Incomplete(missing: erased, count: reals.values.count)
        }
        let id = side.transferID.uuidString.lowercased()
        let resolution = resolution ?? Int(side.edge)
        let base = try side.baseDigest.map { try self.base($0, of: peer, side, by: decoder) }
        let arrived = ReceivedCodeWord(
            values: reals.values,
            noiseVariance: reals.noiseVariance,
            modelDigest: side.modelDigest,
            designSNR: side.designSNR,
            isMatched: side.isMatched,
            adapterDigest: side.adapterDigest,
            base: base
        )
        let (drawn, png) = try await maths.run { [work = crashed.work] checkpoint in
            // A disk that takes nothing is no reason not to draw.
            try? work.begin(id)
            defer { work.end() }
            let drawn = try decoder.decode(
                arrived,
                resolution: resolution,
                checkpoint: checkpoint.callAsFunction
            )
            return (drawn, try PictureFile.encodePNG(drawn.picture))
        }
        let edit = side.edit.map { ExpectedEdit($0) }
        let doubts = gate.doubts(of: drawn, edit: edit)
        // What comes instead of a draft is better than another copy of it.
        if let doubts, count < gate.maxCopies, !side.isDraft { throw AnotherCopy(doubts: doubts.words, count: count) }
        var result = ReceivedTransfer(
            id: id,
            received: Date(),
            snrDecibels: min(100, max(-100, estimate.snrDB)),
            symbols: transmission.erased.count,
            erasures: transmission.erased.count { $0 },
            transmissions: count,
            resolution: resolution,
            pictureDigest: SHA256.hash(data: png).hexadecimal,
            modelBundle: side.modelDigest.hexadecimal,
            seconds: (ContinuousClock.now - began).seconds,
            peer: peer
        )
        if side.isDraft, let final = book.store.find(side.transferID), final.isDraft != true { return final }
        result.designSNR = side.designSNR
        (result.likeness, result.degrees) = (drawn.likeness, drawn.degrees.isEmpty ? nil : drawn.degrees)
        (result.edit, result.doubts) = (edit, doubts)
        if side.isDraft { result.isDraft = true }
        try book.keep(
            result,
            id: side.transferID,
            picture: doubts?.isWithheld == true ? nil : png,
            knowledge: drawn.knowledge,
            signal: signal
        )
        readiness.report("results", trouble: nil)
        metrics.drawn(result)
        incomplete.remove(.init(side, of: peer))
        return result
    }

    /// What is known of the code that a transmission goes on from.
    ///
    /// - Throws: `BaseMissing`, also where it came from somebody else or was made with other models.
    func base(
        _ digest: [UInt8],
        of peer: String,
        _ side: SideInformation,
        by decoder: any SemanticDecoder
    ) throws(BaseMissing) -> CodeKnowledge {
        let known = book.knowledge(ofPicture: digest) {
            $0.peer == peer && $0.modelBundle == side.modelDigest.hexadecimal
        }
        guard decoder.goesOn, let known else { throw BaseMissing() }
        return known
    }

    /// Takes the channel out of one transmission, and combines it with what arrived of the same transfer before.
    private func demodulate<Peer>(
        _ transmission: ReceivedTransmission<Peer>,
        of peer: String
    ) throws(ChannelEstimationError) -> (ChannelEstimate, EqualizedReals, ReceivedSignal, transmissions: Int) {
        let side = transmission.side
        let modem = Modem(side)
        let symbols = [ComplexSymbol](interleaved: transmission.samples)
        let (estimate, reals) = try modem.demodulate(symbols, erased: transmission.erased, scale: side.scale)
        let signal = ReceivedSignal(
            reals,
            scale: side.scale,
            gains: modem.pilotGains(symbols, erased: transmission.erased)
        )
        let all = incomplete.add(
            reals,
            to: .init(side, of: peer),
            at: .now - began,
            most: (limits.transfers, limits.shareOfMemory)
        )
        return (estimate, all.count == 1 ? reals : MaximalRatioCombiner.combine(all), signal, all.count)
    }
}

extension Modem {
    /// The one that a transmission was made by.
    init(_ side: SideInformation) {
        self.init(
            realCount: Int(side.realCount),
            pilotCount: Int(side.pilotCount),
            layoutSeed: side.layoutSeed,
            waveform: side.waveform == .ofdm ? .ofdm(OFDM()) : .singleCarrier
        )
    }
}

/// What is being drawn.
private struct Work: Hashable {
    let id: UUID
    let isDraft: Bool
}

extension IncompleteTransfers.Key {
    fileprivate init(_ side: SideInformation, of peer: String) {
        self.init(
            id: side.transferID,
            peer: peer,
            modelDigest: side.modelDigest,
            designSNR: side.designSNR,
            baseDigest: side.baseDigest,
            isDraft: side.isDraft
        )
    }
}

extension ExpectedEdit {
    fileprivate init(_ edit: SideInformation.Edit) {
        // There are as many attributes as an edit may name.
        self.init(attribute: AttributePredictor.attributes[Int(edit.attribute)], degree: Int(edit.degree))
    }
}
