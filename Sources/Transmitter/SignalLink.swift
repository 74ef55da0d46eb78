import Basics
import Channel
import ControlAPI
import Foundation
import Logging
import NIOCore
import Networks
import SemanticCoding
import ServiceKit
import ServiceLifecycle
import Wire

/// The transmitter's side of the air: turns code words into datagrams, sends them until they are acknowledged, and
/// takes the receiver's reports.
package actor SignalLink: Service {
    private let socket: DatagramSocket
    private let settings: LinkSettings
    private let resolution: Int
    private let identityFile: String
    private let metrics: TransmitterMetrics
    private let disk: WorkThread
    private let logger: Logger
    private let began = ContinuousClock.now
    private let peer: PeerAddress

    private var watch: SendWatch
    private var replayFile: ReplayFile
    private var limiter = SourceLimiter<String>(rate: 200, burst: 1000)
    private var identity: LinkIdentity
    /// What is sealed under, and layouts are derived from.
    private var key: PreSharedKey
    private var framer: SignalFramer
    private var opener: PacketOpener
    private var pending: [Sending: AsyncStream<Event>.Continuation] = [:]
    /// What the receiver says of streams.
    private var streams: [UUID: AsyncStream<TransferReport>.Continuation] = [:]

    /// What is on the air.
    private struct Sending: Hashable {
        let id: UUID
        let isDraft: Bool
    }

    private enum Event {
        case due
        case report(TransferReport)
    }

    /// What `send` says of a transfer on its way.
    enum Progress: Sendable {
        /// It is about to be sent, with these figures.
        case sending(TransferRecord.Signal)
        /// Why it cannot be sent, or not be drawn, for now; nil when it could be sent.
        case trouble(String?)
    }

    /// The receiver does not have the picture that a code word goes on from.
    struct BaseMissing: Error {}

    /// Edge in pixels of a draft's picture: it was found at no more, and the receiver's student draws it in a moment.
    private static let draftEdge = 128
    /// Seconds to wait for the report on a draft, which is sent once: what comes after it is better than a copy.
    private static let draftPatience = 5.0
    /// While packets do not even leave this host, the link is tried again so soon.
    private static let localRetries = RetrySchedule(first: 0.25, longest: 5)

    package nonisolated var unownedExecutor: UnownedSerialExecutor { disk.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - keys: of one peer, the receiver.
    ///   - identityFile: where the numbers that must not repeat are kept.
    ///   - replayFile: where it is kept which reports were seen.
    ///   - resolution: edge in pixels of the picture to draw.
    ///   - readiness: learns whether packets leave this host.
    init(
        socket: DatagramSocket,
        settings: LinkSettings,
        keys: KeyRing,
        identityFile: String,
        replayFile: String,
        resolution: Int,
        readiness: Readiness,
        metrics: TransmitterMetrics,
        disk: WorkThread,
        logger: Logger
    ) throws {
        self.socket = socket
        self.settings = settings
        peer = PeerAddress(settings.peer, from: socket.localAddress)
        watch = SendWatch("link", readiness: readiness, logger: logger)
        self.resolution = resolution
        self.identityFile = identityFile
        self.replayFile = ReplayFile(path: replayFile)
        self.metrics = metrics
        self.disk = disk
        self.logger = logger
        identity = try LinkIdentity.load(identityFile, seconds: UInt32(clamping: Int(Date().timeIntervalSince1970)))
        key = keys.peers[0].keys[0]
        framer = try SignalFramer(
            sealer: PacketSealer(
                key: key,
                senderID: identity.senderID,
                firstSequence: identity.nextSequence
            ),
            sideStreamID: UInt32(settings.sideStreamID)
        )
        opener = PacketOpener(keys: keys.keys)
        if let seen = try self.replayFile.load() { opener.restore(seen, of: .report) }
    }

    /// Seals under the first key from now on, and takes reports under any of them.
    func use(_ keys: KeyRing) {
        key = keys.peers[0].keys[0]
        framer.use(key)
        opener.accept(keys.keys)
    }

    /// Takes reports until shut down.
    package func run() async throws {
        for await datagram in socket.datagrams.cancelOnGracefulShutdown() {
            take(datagram)
        }
        await socket.close()
    }

    /// What does not open is noise from the network: counted, without an answer and without a log line that it could fill
    /// the disk with.
    private func take(_ datagram: DatagramSocket.Datagram) {
        let source = datagram.source.ipAddress ?? ""
        guard limiter.admit(source, at: ContinuousClock.now - began) else { return metrics.link.limited.increment() }
        do throws(SealError) {
            let opened = try opener.open(datagram.bytes)
            if opened.displacedSender {
                metrics.link.displaced(senders: 1)
                logger.warning("the receiver's key is used by more senders than are remembered")
            }
            guard case .report(let report) = opened.content else { return metrics.link.packets("unexpected") }
            let stream = streams[report.transferID]
            let transfer = pending[.init(id: report.transferID, isDraft: report.isDraft)]
            guard transfer != nil || stream != nil else { return metrics.link.packets("report_late") }
            do {
                // Before anything happens because of it: else it could be sent again after a restart.
                try replayFile.save(opener.snapshot)
            } catch {
                logger.error("cannot take a report: \(error)")
                return
            }
            metrics.link.packets("report")
            transfer?.yield(.report(report))
            stream?.yield(report)
        } catch {
            switch error {
            case .notAuthentic, .unknownKey: metrics.link.notAuthentic()
            case .replayed: metrics.link.packets("replayed")
            case .malformed, .unsupportedVersion, .invalidContent: metrics.link.packets("foreign")
            }
        }
    }

    /// Sends a code word, a draft once and any other again and again, until there is an outcome: acknowledged, refused or expired. A host that is not
    /// known, a route that is gone and the like end nothing: it is tried again.
    ///
    /// - Parameters:
    ///   - onProgress: called before each sending, and when trouble begins or ends; an error it throws ends the sending.
    /// - Throws: `CancellationError` when cancelled, `BaseMissing`, `WireError`, `FileError`.
    func send(
        _ codeWord: CodeWord,
        for record: TransferRecord,
        onProgress: @Sendable (Progress) async throws -> Void
    ) async throws -> TransferEvent {
        guard let id = UUID(uuidString: record.id) else { throw CancellationError() }
        let (events, outcome) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(16))
        let sending = Sending(id: id, isDraft: codeWord.isDraft)
        pending[sending] = outcome
        var signal = codeWord.isDraft ? nil : record.signal
        // The deadline is wall-clock time, for restarts; within a process a clock that jumps changes nothing.
        let left = min(settings.expireSeconds, signal?.deadline.timeIntervalSinceNow ?? settings.expireSeconds)
        let end = ContinuousClock.now + .seconds(left)
        var sendings = 0
        var failures = 0
        var repeatsAtOnce = 1
        var complaint: String?
        var timer: Task<Void, Never>?
        defer {
            timer?.cancel()
            pending[sending] = nil
            if pending.isEmpty { watch.isWell() }
        }
        outcome.yield(.due)
        for await event in events {
            switch event {
            case .due:
                if codeWord.isDraft, sendings > 0 { return .expired }
                if ContinuousClock.now >= end {
                    if let complaint { logger.warning("expired: \(complaint)", metadata: ["transfer": "\(record.id)"]) }
                    return .expired
                }
                var wait =
                    codeWord.isDraft ? Self.draftPatience : settings.retries.wait(afterAttempt: sendings + 1)
                do {
                    let destination = try peer.current()
                    let attempts = (signal?.attempts ?? 0) + 1
                    let datagrams = try frame(codeWord, id: id, attempt: attempts)
                    // What was sent before as a difference may be sent whole now.
                    let isSame = signal?.reals == codeWord.reals.count
                    let fresh = figures(of: datagrams, codeWord, deadline: signal?.deadline ?? Date() + left)
                    var next = signal.flatMap { isSame ? $0 : nil } ?? fresh
                    next.attempts = attempts
                    signal = next
                    try await onProgress(.sending(next))
                    try send(datagrams, to: destination)
                    sendings += 1
                    if failures > 0 { try await onProgress(.trouble(nil)) }
                    failures = 0
                } catch  where error is EndpointError || error is SocketError {
                    // What follows the draft will say so.
                    if codeWord.isDraft { return .expired }
                    watch.failed(error)
                    failures += 1
                    complaint = "\(error)"
                    wait = min(wait, Self.localRetries.wait(afterAttempt: failures))
                    try await onProgress(.trouble(complaint))
                }
                timer?.cancel()
                timer = Task { [pause = min(.seconds(wait), end - .now + .milliseconds(10))] in
                    try? await Task.sleep(for: pause)
                    if !Task.isCancelled { outcome.yield(.due) }
                }
            case .report(let report):
                switch report.status {
                case .decoded:
                    return .acknowledged(
                        .init(
                            snrDecibels: Double(report.estimatedSNRDB),
                            erasures: Int(report.symbolsErased),
                            pictureDigest: report.resultDigest.hexadecimal,
                            place: report.note.isEmpty ? nil : report.note,
                            quality: report.quality.map { .init($0) }
                        )
                    )
                case .withheld:
                    return .failed(
                        .init(code: "withheld", message: "the receiver withholds the picture: \(report.note)")
                    )
                case .refused:
                    return .failed(.init(code: "refused", message: "the receiver refused it: \(report.note)"))
                case .baseMissing where codeWord.baseDigest != nil: throw BaseMissing()
                case .repeatRequested where codeWord.isDraft, .failed where codeWord.isDraft: return .expired
                case .repeatRequested:
                    // Once without waiting; after that the schedule holds, whatever the receiver asks for.
                    complaint = "the receiver asked for a repeat: \(report.note)"
                    guard repeatsAtOnce > 0 else { continue }
                    repeatsAtOnce -= 1
                    outcome.yield(.due)
                case .failed, .baseMissing:
                    complaint = "the receiver failed: \(report.note)"
                    try await onProgress(.trouble(complaint))
                    logger.warning("\(complaint ?? "")", metadata: ["transfer": "\(record.id)"])
                }
            }
        }
        throw CancellationError()
    }

    /// What the receiver says of a stream from now on, until the caller stops listening.
    func reports(on stream: UUID) -> AsyncStream<TransferReport> {
        let (reports, continuation) = AsyncStream.makeStream(
            of: TransferReport.self,
            bufferingPolicy: .bufferingNewest(4)
        )
        streams[stream] = continuation
        return reports
    }

    /// Takes no more reports on a stream.
    func end(_ stream: UUID) { streams.removeValue(forKey: stream)?.finish() }

    /// Puts a frame of a stream on the air, once.
    ///
    /// - Returns: symbols on air and bits of side information.
    /// - Throws: `EndpointError`, `SocketError`, `WireError`, `FileError`.
    func send(
        _ codeWord: CodeWord,
        _ frame: SideInformation.Frame,
        of stream: UUID
    ) throws -> (symbols: Int, sideInformationBits: Int) {
        let destination = try peer.current()
        let datagrams = try self.frame(codeWord, id: stream, attempt: 1, frame: frame)
        try send(datagrams, to: destination)
        let figures = figures(of: datagrams, codeWord, deadline: Date())
        let symbols = settings.waveform.told.length(for: figures.symbols + figures.pilots)
        return (symbols, figures.sideInformationBits)
    }

    /// Puts one transmission on the air. What cannot be sent is counted, and the rest is tried all the same.
    ///
    /// - Throws: `SocketError` when nothing at all could be sent.
    private func send(_ datagrams: [[UInt8]], to destination: SocketAddress) throws(SocketError) {
        var failure: SocketError?
        var sent = 0
        for datagram in datagrams {
            do {
                try socket.send(datagram, to: destination)
                sent += 1
            } catch {
                failure = error
            }
        }
        metrics.link.packets("sent", sent)
        metrics.link.packets("unsent", datagrams.count - sent)
        guard sent > 0 else { throw failure ?? SocketError("send to", destination, 0) }
        if let failure { watch.failed(failure) } else { watch.isWell() }
    }

    private func figures(of datagrams: [[UInt8]], _ codeWord: CodeWord, deadline: Date) -> TransferRecord.Signal {
        let sealed = datagrams.filter { WirePacketKind.classify($0) == .sealed }
        return TransferRecord.Signal(
            mode: codeWord.mode?.rawValue,
            designSNR: codeWord.designSNR,
            reals: codeWord.reals.count,
            symbols: codeWord.reals.count / 2,
            pilots: settings.pilots,
            waveform: settings.waveform.rawValue,
            symbolsOnAir: settings.waveform.told.length(for: codeWord.reals.count / 2 + settings.pilots),
            sideInformationBits: sealed.reduce(0) { $0 + 8 * $1.count },
            edge: resolution,
            deadline: deadline
        )
    }

    /// One transmission's datagrams. The numbers they use up are on disk before this returns.
    private func frame(
        _ codeWord: CodeWord,
        id: UUID,
        attempt: Int,
        frame: SideInformation.Frame? = nil
    ) throws -> [[UInt8]] {
        let layoutSeed = key.layoutSeed(ofTransmission: identity.transmissions)
        let waveform = settings.waveform.told
        let modem = Modem(
            realCount: codeWord.reals.count,
            pilotCount: settings.pilots,
            layoutSeed: layoutSeed,
            waveform: waveform == .ofdm ? .ofdm(OFDM()) : .singleCarrier
        )
        let signal = modem.modulate(codeWord.reals)
        let samples = signal.symbols.interleaved
        let unsent = SignalFramer.unsentCount(samples)
        let side = try SideInformation(
            transferID: id,
            attempt: UInt16(clamping: attempt),
            modelDigest: codeWord.modelDigest,
            adapterDigest: codeWord.adapterDigest,
            baseDigest: codeWord.baseDigest,
            designSNR: codeWord.designSNR,
            isMatched: codeWord.mode == .full,
            isDraft: codeWord.isDraft,
            edit: codeWord.edit.flatMap { try SideInformation.Edit($0) },
            frame: frame,
            unsentCount: UInt16(clamping: unsent),
            realCount: UInt32(clamping: codeWord.reals.count),
            pilotCount: UInt32(settings.pilots),
            waveform: waveform,
            layoutSeed: layoutSeed,
            scale: signal.scale,
            signalStreamID: UInt32(settings.streamID) &+ identity.transmissions % 0x1000_0000,
            startSecond: UInt32(clamping: Int(Date().timeIntervalSince1970)),
            sampleRate: UInt32(settings.sampleRate),
            edge: UInt16(codeWord.isDraft || frame != nil ? min(resolution, Self.draftEdge) : resolution)
        )
        // Another sending means that something was lost, and without side information all is.
        let framed = try framer.frame(samples, side: side, copies: min(attempt, SignalFramer.mostCopies))
        identity.transmissions &+= 1
        identity.nextSequence = framer.sealer.nextSequence
        try identity.save(to: identityFile)
        if unsent > 0 {
            logger.warning("\(unsent) symbols would clip and are not sent", metadata: ["transfer": "\(id)"])
        }
        return framed.datagrams
    }
}

extension SideInformation.Edit {
    /// Nil for an attribute that the predictor does not know.
    fileprivate init?(_ edit: ExpectedEdit) throws(WireError) {
        guard let attribute = AttributePredictor.attributes.firstIndex(of: edit.attribute) else { return nil }
        try self.init(attribute: UInt8(clamping: attribute), degree: UInt8(clamping: edit.degree))
    }
}

extension TransferRecord.Reception.Quality {
    /// As the record shows it.
    fileprivate init(_ quality: TransferReport.Quality) {
        var degrees: [String: Int] = [:]
        for (attribute, degree) in zip(AttributePredictor.attributes, quality.degrees) {
            degrees[attribute] = degree.map { Int($0) }
        }
        self.init(
            lpips: quality.lpips,
            samePerson: quality.samePerson,
            degrees: degrees,
            isDoubtful: quality.isDoubtful,
            lacksEdit: quality.lacksEdit
        )
    }
}
