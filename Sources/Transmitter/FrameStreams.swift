import Basics
import ControlAPI
import Foundation
import Logging
import SemanticCoding
import ServiceKit
import Wire

/// Streams of faces: each begins with a transfer, the key, and its frames go on from there.
///
/// Frames are sent once and never wait: one that comes while another is at work is dropped. Nothing of a stream outlives the
/// daemon.
actor FrameStreams {
    /// Most streams that are not over, and most that are remembered.
    static let most = 4, remembered = 64
    /// Seconds without a frame after which a stream is over, and those that its first picture may take.
    static let patience = 30.0, longestStart = 900.0
    /// Bytes of the largest frame: of a camera's pictures none is larger.
    static let mostBytes = 16 << 20
    /// What a frame costs: it overtakes an inversion, at the next of its steps.
    private static let cost = 10_000_000.0

    private struct Live {
        let id: UUID
        var record: StreamRecord
        var encoder: (any FrameEncoder)?
        var isBusy = false
        /// Frames handed in.
        var count: UInt32 = 0
        var lastFrame = ContinuousClock.now
        var reports: Task<Void, Never>?
    }

    private let queue: TransferQueue
    private let link: SignalLink
    private let designSNR: DesignSNR
    private let maths: WorkThread
    private let metrics: TransmitterMetrics
    private let logger: Logger
    private var streams: [String: Live] = [:]

    init(
        queue: TransferQueue,
        link: SignalLink,
        designSNR: DesignSNR,
        maths: WorkThread,
        metrics: TransmitterMetrics,
        logger: Logger
    ) {
        (self.queue, self.link, self.designSNR) = (queue, link, designSNR)
        (self.maths, self.metrics, self.logger) = (maths, metrics, logger)
    }

    /// All that are remembered, the latest first.
    func all() -> [StreamRecord] {
        tidy()
        return streams.values.map(\.record).sorted { $0.created > $1.created }
    }

    /// - Throws: `ControlError` when there is none.
    func record(_ id: String) throws(ControlError) -> StreamRecord {
        tidy()
        return try find(id).record
    }

    /// Begins a stream at its first picture.
    ///
    /// - Throws: `ControlError`.
    func open(_ submission: TransferSubmission) async throws -> (record: StreamRecord, isNew: Bool) {
        tidy()
        guard streams.values.count(where: { $0.record.state != .over }) < Self.most else {
            throw ControlError(
                status: .tooManyRequests,
                code: "streams_full",
                message: "\(Self.most) streams are running already: stop one, or wait until it is forgotten"
            )
        }
        guard queue.encoder.sendsStream(after: submission.order) else {
            throw ControlError(EncodingRefusal.noStream)
        }
        let (key, isNew) = try await queue.submit(submission)
        if let known = streams[key.id] { return (known.record, false) }
        guard let id = UUID(uuidString: key.id) else { throw Self.missing(key.id) }
        var live = Live(id: id, record: StreamRecord(id: key.id, created: Date()))
        live.reports = Task { [weak self, link] in
            for await report in await link.reports(on: id) { await self?.take(report, of: key.id) }
        }
        streams[key.id] = live
        logger.info("a stream begins", metadata: ["stream": "\(key.id)"])
        return (live.record, isNew)
    }

    /// Sends a frame, if the one before is done.
    ///
    /// - Parameters:
    ///   - photo: a picture file.
    ///   - milliseconds: from the first frame to when this one was taken.
    /// - Throws: `ControlError`; when the stream is over, or is now.
    func send(_ photo: [UInt8], at milliseconds: UInt32, in id: String) async throws -> FrameAnswer {
        tidy()
        var live = try find(id)
        let id = live.record.id
        guard live.record.state != .over else { throw Self.over(live.record) }
        let number = live.count
        (live.count, live.lastFrame) = (number &+ 1, .now)
        guard !live.isBusy else {
            streams[id] = live
            return answer(number, .busy, in: id)
        }
        live.isBusy = true
        streams[id] = live
        defer { streams[id]?.isBusy = false }
        do {
            guard let encoder = try await encoder(of: id) else { return answer(number, .starting, in: id) }
            let began = ContinuousClock.now
            let snr = designSNR.value(reported: streams[id]?.record.snrDecibels)
            let codeWord = try await maths.run(cost: Self.cost) { checkpoint in
                try encoder.codeWord(of: photo, snr: snr, checkpoint: checkpoint.callAsFunction)
            }
            let seconds = (ContinuousClock.now - began).seconds
            guard streams[id]?.record.state == .live else { throw Self.over(try find(id).record) }
            let frame = SideInformation.Frame(number: number, milliseconds: milliseconds)
            let sent = try await link.send(codeWord, frame, of: live.id)
            streams[id]?.record.encodingSeconds = seconds
            streams[id]?.record.symbolsOnAir += sent.symbols
            streams[id]?.record.sideInformationBits += sent.sideInformationBits
            streams[id]?.record.trouble = nil
            metrics.link.took(seconds, stage: "frame")
            return answer(number, .sent, in: id)
        } catch let refusal as EncodingRefusal where refusal.code == "no_face" {
            return answer(number, .noFace, in: id)
        } catch let refusal as EncodingRefusal where refusal.code == "gone" || refusal.code == "no_stream" {
            close(id, refusal.description)
            throw Self.over(try find(id).record)
        } catch let refusal as EncodingRefusal {
            throw ControlError(refusal)
        } catch let error where error is EndpointError || error is SocketError {
            // The next frame may leave again.
            streams[id]?.record.trouble = "\(error)"
            return answer(number, .busy, in: id)
        }
    }

    /// Ends a stream.
    ///
    /// - Throws: `ControlError` when there is none.
    func end(_ id: String) throws(ControlError) -> StreamRecord {
        let live = try find(id)
        close(live.record.id, nil)
        return try find(live.record.id).record
    }

    // MARK: Within

    /// What sends a stream's frames; nil while its key is on the way.
    private func encoder(of id: String) async throws -> (any FrameEncoder)? {
        if let known = streams[id]?.encoder { return known }
        let key = try await queue.record(id)
        switch key.state {
        case .acknowledged: break
        case .failed, .expired, .cancelled:
            close(id, "its first picture \(key.state.rawValue): \(key.failure?.message ?? "no receiver took it")")
            throw Self.over(try find(id).record)
        default: return nil
        }
        let (order, artifacts) = try await queue.key(id)
        let encoder = try await maths.run(cost: Self.cost) { [encoder = queue.encoder] _ in
            try encoder.stream(order, artifacts: artifacts)
        }
        guard streams[id]?.record.state == .starting else { return nil }
        streams[id]?.encoder = encoder
        streams[id]?.record.state = .live
        streams[id]?.record.snrDecibels = key.reception?.snrDecibels
        return encoder
    }

    private func take(_ report: TransferReport, of id: String) {
        guard let state = streams[id]?.record.state, state != .over else { return }
        switch report.status {
        case .decoded: streams[id]?.record.snrDecibels = Double(report.estimatedSNRDB)
        case .baseMissing where state == .live:
            close(id, "the receiver no longer has its first picture: begin a new stream")
        case .refused where state == .live: close(id, "the receiver refused it: \(report.note)")
        default: break
        }
    }

    private func close(_ id: String, _ trouble: String?) {
        guard let live = streams[id], live.record.state != .over else { return }
        live.reports?.cancel()
        Task { [link] in await link.end(live.id) }
        streams[id]?.record.state = .over
        streams[id]?.record.trouble = trouble
        streams[id]?.encoder = nil
        let frames = live.record.frames.map { "\($0.rawValue)=\($1)" }.sorted().joined(separator: " ")
        logger.info("a stream is over: \(trouble ?? "as asked") \(frames)", metadata: ["stream": "\(id)"])
    }

    private func answer(_ number: UInt32, _ fate: FrameFate, in id: String) -> FrameAnswer {
        streams[id]?.record.frames[fate, default: 0] += 1
        return FrameAnswer(number: Int(number), fate: fate)
    }

    /// Ends streams that nobody sends frames of, and forgets old ones.
    private func tidy() {
        for (id, live) in streams where live.record.state != .over {
            let patience = live.record.state == .starting ? Self.longestStart : Self.patience
            guard (ContinuousClock.now - live.lastFrame).seconds > patience else { continue }
            close(id, "no frame came for \(Int(patience)) seconds")
        }
        let over = streams.values.map(\.record).filter { $0.state == .over }.sorted { $0.created < $1.created }
        for record in over.prefix(max(0, over.count - Self.remembered)) { streams[record.id] = nil }
    }

    private func find(_ id: String) throws(ControlError) -> Live {
        if let exact = streams[id] { return exact }
        let fitting = id.count < 4 ? [] : streams.values.filter { $0.record.id.hasPrefix(id.lowercased()) }
        guard fitting.count == 1, let live = fitting.first else { throw Self.missing(id) }
        return live
    }

    private static func missing(_ id: String) -> ControlError {
        ControlError(
            status: .notFound,
            code: "no_stream",
            message: "there is no stream \(id), or it was so long ago that it is forgotten"
        )
    }

    private static func over(_ record: StreamRecord) -> ControlError {
        ControlError(
            status: .conflict,
            code: "over",
            message: "stream \(record.id) is over: \(record.trouble ?? "it was ended")"
        )
    }
}
