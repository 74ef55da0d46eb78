import Basics
import Channel
import ControlAPI
import Foundation
import Logging
import SemanticCoding
import ServiceKit
import Wire

/// The receiver's streams: draws frames as they come, shows each when it is due, and drops what is late.
///
/// The first frame that comes sets the clock: it, and with it all others by when they were taken, is due so much later as the
/// jitter buffer holds. A frame that comes while another is drawn waits, and the newer one takes its place.
actor StreamPlayer {
    /// Most streams that are remembered.
    static let most = 16
    /// Most frames that wait to be shown, and seconds: a transmitter's clock is not to be trusted with memory.
    static let mostWaiting = 64, longestWait = 10.0
    /// Seconds without a frame after which a stream is over.
    static let patience = 10.0
    /// After so many late frames in a row the clock is set anew.
    static let mostLate = 5
    /// Of the JPEGs that are shown.
    private static let quality = 90
    /// What a frame costs: it overtakes pictures that take longer.
    private static let cost = 10_000_000.0

    /// What has arrived of a frame.
    private struct Frame {
        let side: SideInformation
        let decoder: any SemanticDecoder
        let knowledge: CodeKnowledge
        let number: UInt32
        let samples: [Float]
        let erased: [Bool]
        let due: ContinuousClock.Instant
    }

    private struct Playing {
        let id: UUID
        var record: StreamReception
        /// What is known of the key, and the digests of its picture and models.
        var key: (digests: [[UInt8]], knowledge: CodeKnowledge)?
        /// When a frame taken at 0 is due.
        var clock: ContinuousClock.Instant?
        var lateInARow = 0
        /// The newest numbers that came, and that was shown.
        var came: UInt32?, shown: UInt32?
        var isDrawing = false
        var next: Frame?
        var waiting = 0
        var latest: [UInt8]?
        var lastFrame = ContinuousClock.now
        var lastReport: ContinuousClock.Instant?
        var watchers: [Int: AsyncStream<[UInt8]>.Continuation] = [:]
    }

    private let receiver: TransferReceiver
    private let recording: StreamRecording
    private var delay: Duration
    private var retention: RetentionPolicy
    private let maths: WorkThread
    private let disk: WorkThread
    private let metrics: ReceiverMetrics
    private let logger: Logger
    private var streams: [UUID: Playing] = [:]
    private var watcherCount = 0

    nonisolated var unownedExecutor: UnownedSerialExecutor { disk.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - root: of the results.
    ///   - delay: of the jitter buffer.
    ///   - maths: where frames are drawn.
    ///   - disk: where the actor itself runs.
    init(
        receiver: TransferReceiver,
        root: String,
        delay: Duration,
        retention: RetentionPolicy,
        metrics: ReceiverMetrics,
        maths: WorkThread,
        disk: WorkThread,
        logger: Logger
    ) {
        (self.receiver, recording, self.delay) = (receiver, StreamRecording(root: root), delay)
        (self.retention, self.metrics) = (retention, metrics)
        (self.maths, self.disk, self.logger) = (maths, disk, logger)
    }

    /// Takes another delay, for streams that begin from now on, and other limits.
    func use(delay: Duration, _ retention: RetentionPolicy) { (self.delay, self.retention) = (delay, retention) }

    /// All that are remembered, the latest first.
    func all() -> [StreamReception] {
        tidy()
        return streams.values.map(\.record).sorted { $0.started > $1.started }
    }

    /// - Throws: `ControlError` when there is none.
    func record(_ id: UUID) throws(ControlError) -> StreamReception {
        tidy()
        return try find(id).record
    }

    /// The picture shown last, a JPEG.
    ///
    /// - Throws: `ControlError` when there is none.
    func picture(of id: UUID) throws(ControlError) -> [UInt8] {
        guard let latest = try find(id).latest else {
            throw ControlError(status: .notFound, code: "no_picture", message: "no frame has been shown yet")
        }
        return latest
    }

    /// Every picture from now on, until the stream is over.
    ///
    /// - Throws: `ControlError` when there is no such stream.
    func pictures(of id: UUID) throws(ControlError) -> AsyncStream<[UInt8]> {
        tidy()
        let playing = try find(id)
        // Who looks too slowly misses some.
        let (pictures, continuation) = AsyncStream.makeStream(of: [UInt8].self, bufferingPolicy: .bufferingNewest(2))
        guard !playing.record.isOver else {
            continuation.finish()
            return pictures
        }
        watcherCount += 1
        let number = watcherCount
        continuation.onTermination = { [weak self] _ in Task { await self?.forget(watcher: number, of: id) } }
        streams[id]?.watchers[number] = continuation
        if let latest = playing.latest { continuation.yield(latest) }
        return pictures
    }

    /// Handles one frame.
    ///
    /// - Parameter peer: whose key it came under.
    /// - Returns: the report to send, about once a second; nil for none.
    func handle<Peer>(_ transmission: ReceivedTransmission<Peer>, of peer: String) async -> TransferReport? {
        let (id, now) = (transmission.side.transferID, ContinuousClock.now)
        guard let frame = transmission.side.frame, let digest = transmission.side.baseDigest else { return nil }
        tidy()
        guard isKnown(id, of: peer) else {
            metrics.link.transfers("overload")
            return nil
        }
        count(frame.number, of: id)
        streams[id]?.lastFrame = now
        let (decoder, knowledge): (any SemanticDecoder, CodeKnowledge)
        do {
            decoder = try await receiver.decoder(for: transmission.side)
            let digests = [digest, transmission.side.modelDigest]
            if let key = streams[id]?.key, key.digests == digests {
                knowledge = key.knowledge
            } else {
                knowledge = try await receiver.base(digest, of: peer, transmission.side, by: decoder)
                streams[id]?.key = (digests, knowledge)
            }
        } catch {
            streams[id]?.record.failed += 1
            return report(error is BaseMissing ? .baseMissing : .refused, on: transmission, note: "\(error)")
        }
        guard let due = due(frame, of: id, at: now) else {
            metrics.link.transfers("frame_late")
            return report(.decoded, on: transmission)
        }
        let arrived = Frame(
            side: transmission.side,
            decoder: decoder,
            knowledge: knowledge,
            number: frame.number,
            samples: transmission.samples,
            erased: transmission.erased,
            due: due
        )
        guard streams[id]?.isDrawing == false else {
            if streams[id]?.next != nil { streams[id]?.record.overtaken += 1 }
            streams[id]?.next = arrived
            return nil
        }
        streams[id]?.isDrawing = true
        await draw(arrived, of: id)
        while let next = streams[id]?.next {
            streams[id]?.next = nil
            await draw(next, of: id)
        }
        streams[id]?.isDrawing = false
        return report(.decoded, on: transmission)
    }

    // MARK: Within

    /// Whether there is such a stream, or room for it.
    private func isKnown(_ id: UUID, of peer: String) -> Bool {
        if let known = streams[id] {
            // Whoever holds another key has no say in it.
            guard known.record.peer == peer else { return false }
            streams[id]?.record.isOver = false
            return true
        }
        if streams.count >= Self.most {
            let over = streams.values.filter { $0.record.isOver }.min { $0.record.updated < $1.record.updated }
            guard let over else { return false }
            streams[over.id] = nil
        }
        let name = id.uuidString.lowercased()
        streams[id] = Playing(
            id: id,
            record: StreamReception(id: name, peer: peer, started: Date(), updated: Date())
        )
        logger.info("a stream comes in", metadata: ["stream": "\(name)"])
        return true
    }

    private func count(_ number: UInt32, of id: UUID) {
        streams[id]?.record.received += 1
        streams[id]?.record.updated = Date()
        guard let newest = streams[id]?.came else {
            streams[id]?.came = number
            return
        }
        // One that comes after a later one was counted as missing.
        if number > newest { streams[id]?.record.missing += Int(number - newest) - 1 }
        if number < newest { streams[id]?.record.missing -= 1 }
        streams[id]?.came = max(number, newest)
    }

    /// When a frame is to be shown; nil when that is over.
    private func due(
        _ frame: SideInformation.Frame,
        of id: UUID,
        at now: ContinuousClock.Instant
    ) -> ContinuousClock.Instant? {
        guard let playing = streams[id] else { return nil }
        if let shown = playing.shown, frame.number <= shown {
            streams[id]?.record.late += 1
            return nil
        }
        let taken = Duration.milliseconds(Int64(frame.milliseconds))
        func start() -> ContinuousClock.Instant {
            streams[id]?.clock = now + delay - taken
            streams[id]?.lateInARow = 0
            return now + delay
        }
        guard let clock = playing.clock else { return start() }
        let due = clock + taken
        guard due < now else {
            streams[id]?.lateInARow = 0
            // A clock that jumps ahead is set anew, too.
            return (due - now).seconds > Self.longestWait ? start() : due
        }
        guard playing.lateInARow + 1 < Self.mostLate else { return start() }
        streams[id]?.lateInARow += 1
        streams[id]?.record.late += 1
        return nil
    }

    private func draw(_ frame: Frame, of id: UUID) async {
        let began = ContinuousClock.now
        do {
            let (jpeg, snr) = try await maths.run(cost: Self.cost) { checkpoint in
                let (estimate, reals) = try Modem(frame.side).demodulate(
                    [ComplexSymbol](interleaved: frame.samples),
                    erased: frame.erased,
                    scale: frame.side.scale
                )
                let drawn = try frame.decoder.decode(
                    ReceivedCodeWord(
                        values: reals.values,
                        noiseVariance: reals.noiseVariance,
                        modelDigest: frame.side.modelDigest,
                        designSNR: frame.side.designSNR,
                        isMatched: frame.side.isMatched,
                        base: frame.knowledge
                    ),
                    resolution: Int(frame.side.edge),
                    checkpoint: checkpoint.callAsFunction
                )
                return (try ImageCoder.jpeg.encode(drawn.picture, quality: Self.quality).file, estimate.snrDB)
            }
            let seconds = (ContinuousClock.now - began).seconds
            streams[id]?.record.seconds = seconds
            streams[id]?.record.snrDecibels = min(100, max(-100, snr))
            metrics.link.took(seconds, stage: "frame")
            metrics.link.transfers("frame")
            show(jpeg, frame, of: id)
        } catch {
            streams[id]?.record.failed += 1
            metrics.link.transfers("frame_failed")
        }
    }

    /// Shows a picture when it is due.
    private func show(_ jpeg: [UInt8], _ frame: Frame, of id: UUID) {
        guard let waiting = streams[id]?.waiting, waiting < Self.mostWaiting else { return }
        streams[id]?.waiting = waiting + 1
        Task {
            try? await Task.sleep(until: frame.due)
            streams[id]?.waiting -= 1
            guard let playing = streams[id] else { return }
            guard playing.shown.map({ $0 < frame.number }) ?? true else {
                streams[id]?.record.late += 1
                return
            }
            streams[id]?.shown = frame.number
            streams[id]?.latest = jpeg
            streams[id]?.record.shown += 1
            for watcher in playing.watchers.values { watcher.yield(jpeg) }
            do {
                try recording.append(jpeg, to: id)
                streams[id]?.record.trouble = nil
            } catch {
                // People may look all the same.
                streams[id]?.record.trouble = "\(error)"
            }
        }
    }

    /// A report, if it is time for one.
    private func report<Peer>(
        _ status: TransferReport.Status,
        on transmission: ReceivedTransmission<Peer>,
        note: String = ""
    ) -> TransferReport? {
        let id = transmission.side.transferID
        guard let playing = streams[id] else { return nil }
        if let last = playing.lastReport, ContinuousClock.now - last < .seconds(1) { return nil }
        guard status != .decoded || playing.record.snrDecibels != nil else { return nil }
        streams[id]?.lastReport = .now
        return try? TransferReport(
            transferID: id,
            attempt: transmission.side.attempt,
            status: status,
            estimatedSNRDB: Float(playing.record.snrDecibels ?? 0),
            symbolsExpected: UInt32(clamping: transmission.erased.count),
            symbolsErased: UInt32(clamping: transmission.erasedCount),
            note: note
        )
    }

    private func forget(watcher: Int, of id: UUID) { streams[id]?.watchers[watcher] = nil }

    /// Ends streams of which nothing comes any more.
    private func tidy() {
        for (id, playing) in streams where !playing.record.isOver {
            guard (ContinuousClock.now - playing.lastFrame).seconds > Self.patience else { continue }
            streams[id]?.record.isOver = true
            streams[id]?.key = nil
            for watcher in playing.watchers.values { watcher.finish() }
            streams[id]?.watchers = [:]
            logger.info(
                "a stream is over: \(playing.record.shown) of \(playing.record.received) frames shown",
                metadata: ["stream": "\(playing.record.id)"]
            )
        }
    }

    /// Ends what is over and removes recordings that are too old or too much, every few seconds until cancelled.
    func keepTidy() async {
        while !Task.isCancelled {
            tidy()
            recording.tidy(
                retention,
                at: Date(),
                live: Set(streams.values.filter { !$0.record.isOver }.map(\.id))
            )
            try? await Task.sleep(for: .seconds(5))
        }
        for playing in streams.values { for watcher in playing.watchers.values { watcher.finish() } }
    }

    private func find(_ id: UUID) throws(ControlError) -> Playing {
        guard let playing = streams[id] else {
            throw ControlError(
                status: .notFound,
                code: "no_stream",
                message: "no stream \(id.uuidString.lowercased()) came in, or it was so long ago that it is forgotten"
            )
        }
        return playing
    }
}
