import Basics
import Channel
import Crypto
import Foundation
import Imaging
import Logging
import Networks
import ServiceKit
import Tensor
import Wire

/// What the receiver does with each transmission that has arrived: estimates the channel, draws the picture, keeps it
/// and says what to report.
///
/// The actor runs on a thread of its own, because it waits for the disk. The maths runs on another one.
actor TransferReceiver {
    /// Edges, in pixels, of the pictures that can be drawn.
    static let resolutions = [128, 256, 512, 1024]

    private let store: ResultStore
    private let crashed: CrashedTransfers
    /// By the digest of the models that a transfer was made with.
    private let decoders: [[UInt8]: any PictureDecoder]
    /// Of all pictures; what the transmitter asks for when nil.
    private let resolution: Int?
    private var limits: ReceiverConfiguration.Limits
    private var retention: RetentionPolicy
    private let readiness: Readiness
    private let metrics: ReceiverMetrics
    private let maths: WorkThread
    private let disk: WorkThread
    private let logger: Logger

    private var atWork: Set<UUID> = []
    private var incomplete = IncompleteTransfers()
    private let began = ContinuousClock.now
    /// Results on disk by id.
    private var kept: [String: RetentionPolicy.Entry] = [:]
    /// Records without a picture stay until no transmitter can send the transfer any more: the longest that one may try
    /// is a week.
    private static let recordSeconds = 14.0 * 86400

    nonisolated var unownedExecutor: UnownedSerialExecutor { disk.asUnownedSerialExecutor() }

    init(
        store: ResultStore,
        crashed: CrashedTransfers,
        decoders: [[UInt8]: any PictureDecoder],
        resolution: Int?,
        limits: ReceiverConfiguration.Limits,
        retention: RetentionPolicy,
        readiness: Readiness,
        metrics: ReceiverMetrics,
        maths: WorkThread,
        disk: WorkThread,
        logger: Logger
    ) {
        self.store = store
        self.crashed = crashed
        self.decoders = decoders
        self.resolution = resolution
        self.limits = limits
        self.retention = retention
        self.readiness = readiness
        self.metrics = metrics
        self.maths = maths
        self.disk = disk
        self.logger = logger
    }

    /// Takes other limits from now on.
    func use(_ limits: ReceiverConfiguration.Limits, _ retention: RetentionPolicy) {
        self.limits = limits
        self.retention = retention
    }

    /// Handles one transmission.
    ///
    /// - Parameter peer: whose key it came under.
    /// - Returns: the report to send; nil while the same transfer is being drawn, and while there is too much to do: the
    ///   transmitter will send it again.
    func handle<Peer>(_ transmission: ReceivedTransmission<Peer>, of peer: String) async -> TransferReport? {
        let side = transmission.side
        let id = side.transferID
        var logger = logger
        logger[metadataKey: "transfer"] = "\(id.uuidString.lowercased())"
        guard !atWork.contains(id) else { return nil }
        guard atWork.count < limits.transfers else {
            metrics.link.transfers("overload")
            return nil
        }
        atWork.insert(id)
        metrics.link.queueDepth.record(atWork.count)
        defer {
            atWork.remove(id)
            metrics.link.queueDepth.record(atWork.count)
        }
        do {
            guard let decoder = decoders[side.modelBundle] else {
                throw Refusal("the receiver has other models: install the same on both hosts")
            }
            guard side.imageWidth == side.imageHeight, Self.resolutions.contains(Int(side.imageWidth)) else {
                throw Refusal("the receiver draws squares of 128, 256, 512 or 1024 pixels")
            }
            if let known = store.find(id) {
                logger.info("received before: acknowledged again")
                metrics.link.transfers("repeated")
                return report(.decoded, transmission, known, note: store.place(of: id))
            }
            let crashes = crashed.count(of: id)
            guard crashes < WorkAtCrash.mostCrashes else {
                throw Refusal("the receiver crashed \(crashes) times while it drew this: see its log")
            }
            let began = ContinuousClock.now
            let (estimate, reals, count) = try combine(transmission, of: peer)
            let erased = reals.noiseVariance.count { !$0.isFinite }
            guard Double(erased) <= limits.mostErased * Double(reals.values.count) else {
                logger.info("\(erased) of \(reals.values.count) reals are missing: asked for a repeat")
                metrics.link.transfers("incomplete")
                return report(.repeatRequested, transmission, note: "\(erased) reals missing")
            }
            let resolution = resolution ?? Int(side.imageWidth)
            let (code, png) = try await maths.run { [work = crashed.work] _ in
                // A disk that takes nothing is no reason not to draw.
                try? work.begin(id.uuidString.lowercased())
                defer { work.end() }
                let (code, picture) = try decoder.decode(
                    values: reals.values,
                    noiseVariance: reals.noiseVariance,
                    resolution: resolution
                )
                return (code, try PictureFile.encodePNG(picture))
            }
            let result = ReceivedTransfer(
                id: id.uuidString.lowercased(),
                received: Date(),
                snrDecibels: min(100, max(-100, estimate.snrDB)),
                symbols: transmission.erased.count,
                erasures: transmission.erased.count { $0 },
                transmissions: count,
                resolution: resolution,
                pictureDigest: SHA256.hash(data: png).hexadecimal,
                modelBundle: side.modelBundle.hexadecimal,
                seconds: (ContinuousClock.now - began).seconds,
                peer: peer
            )
            try store.store(result, id: id, picture: png) { path in
                let tensor = Tensor(code, shape: [1, code.count])
                try SafetensorsWriter.write([(name: "code", tensor: tensor, fp16: false)], metadata: [:], to: path)
            }
            readiness.report("results", trouble: nil)
            kept[result.id] = .init(id: result.id, finished: result.received, bytes: store.size(of: id))
            metrics.drawn(snrDecibels: result.snrDecibels, seconds: result.seconds)
            incomplete.remove(.init(id: id, peer: peer, modelBundle: side.modelBundle))
            logger.info(
                "received",
                metadata: [
                    "snr_db": "\(String(format: "%.1f", estimate.snrDB))", "erasures": "\(result.erasures)",
                    "seconds": "\(String(format: "%.2f", result.seconds))",
                ]
            )
            return report(.decoded, transmission, result, note: store.place(of: id))
        } catch let refusal as Refusal {
            logger.error("refused: \(refusal.reason)")
            metrics.link.transfers("refused")
            return report(.refused, transmission, note: refusal.reason)
        } catch is CancellationError {
            return nil
        } catch let error as ChannelEstimationError {
            logger.info("asked for a repeat: \(error)")
            metrics.link.transfers(error == .noSignal ? "no_signal" : "incomplete")
            return report(.repeatRequested, transmission, note: "\(error)")
        } catch let error as FileError {
            // Not acknowledged: what is not on disk has not arrived.
            readiness.report("results", trouble: "\(error)")
            logger.error("cannot be kept: \(error)")
            metrics.link.transfers("failed")
            return report(.failed, transmission, note: "\(error)")
        } catch {
            logger.error("cannot be drawn: \(error)")
            metrics.link.transfers("failed")
            return report(.failed, transmission, note: "\(error)")
        }
    }

    /// Removes pictures that are too old or too much, at once and then every minute, until cancelled.
    func keepTidy() async {
        do {
            for entry in try store.all() { kept[entry.id] = entry }
        } catch {
            logger.error("cannot list the results: \(error)")
        }
        while !Task.isCancelled {
            tidy(at: Date())
            incomplete.expire(at: .now - began)
            try? await Task.sleep(for: .seconds(60))
        }
    }

    private func tidy(at now: Date) {
        let withPicture = kept.values.filter { $0.bytes > 0 }
        for name in retention.expired(among: withPicture, at: now) {
            guard let id = UUID(uuidString: name), let entry = kept[name], !atWork.contains(id) else { continue }
            do {
                try store.removePicture(of: id)
                kept[name] = .init(id: name, finished: entry.finished, bytes: 0)
                logger.info("picture removed: retention", metadata: ["transfer": "\(name)"])
            } catch {
                logger.error("retention: \(error)")
            }
        }
        for (name, entry) in kept where entry.bytes == 0 && now.timeIntervalSince(entry.finished) > Self.recordSeconds {
            guard let id = UUID(uuidString: name), (try? store.remove(id)) != nil else { continue }
            kept[name] = nil
        }
        metrics.resultBytes.record(kept.values.reduce(0) { $0 + $1.bytes })
    }

    /// Takes the channel out of one transmission, and combines it with what arrived of the same transfer before.
    private func combine<Peer>(
        _ transmission: ReceivedTransmission<Peer>,
        of peer: String
    ) throws -> (ChannelEstimate, EqualizedReals, transmissions: Int) {
        let side = transmission.side
        let modem = Modem(
            realCount: Int(side.realCount),
            pilotCount: Int(side.pilotCount),
            layoutSeed: side.layoutSeed
        )
        let (estimate, reals) = try modem.demodulate(
            [ComplexSymbol](interleaved: transmission.samples),
            erased: transmission.erased,
            scale: side.scale
        )
        let all = incomplete.add(
            reals,
            to: .init(id: side.transferID, peer: peer, modelBundle: side.modelBundle),
            at: .now - began,
            most: (limits.transfers, limits.shareOfMemory)
        )
        return (estimate, all.count == 1 ? reals : MaximalRatioCombiner.combine(all), all.count)
    }

    private func report<Peer>(
        _ status: TransferReport.Status,
        _ transmission: ReceivedTransmission<Peer>,
        _ result: ReceivedTransfer? = nil,
        note: String = ""
    ) -> TransferReport? {
        var digest = [UInt8](repeating: 0, count: 32)
        if let text = result?.pictureDigest.utf8, text.count == 64 {
            let digits = text.map { Character(UnicodeScalar($0)).hexDigitValue ?? 0 }
            for byte in 0..<32 { digest[byte] = UInt8(digits[2 * byte] << 4 | digits[2 * byte + 1]) }
        }
        return try? TransferReport(
            transferID: transmission.side.transferID,
            attempt: transmission.side.attempt,
            status: status,
            estimatedSNRDB: Float(result?.snrDecibels ?? 0),
            symbolsExpected: UInt32(clamping: transmission.erased.count),
            symbolsErased: UInt32(clamping: result?.erasures ?? transmission.erased.count { $0 }),
            resultDigest: digest,
            note: note
        )
    }
}

/// Why a transfer will never be drawn here.
private struct Refusal: Error {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
