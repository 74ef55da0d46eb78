import Channel
import Foundation
import Logging
import ServiceKit
import ServiceLifecycle
import Wire

/// The transmitter's side of the air: turns code words into datagrams, sends them until they are acknowledged, and
/// takes the receiver's reports.
public actor SignalLink: Service {
    private let socket: DatagramSocket
    private let settings: LinkSettings
    private let modelBundle: [UInt8]
    private let resolution: Int
    private let identityFile: String
    private let metrics: TransmitterMetrics
    private let disk: WorkThread
    private let logger: Logger
    private let began = ContinuousClock.now

    private var replayFile: ReplayFile
    private var limiter = SourceLimiter<String>(rate: 200, burst: 1000)
    private var identity: LinkIdentity
    private var framer: SignalFramer
    private var opener: PacketOpener
    private var pending: [UUID: AsyncStream<Event>.Continuation] = [:]

    private enum Event {
        case due
        case report(TransferReport)
    }

    public nonisolated var unownedExecutor: UnownedSerialExecutor { disk.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - keys: of one peer, the receiver.
    ///   - identityFile: where the numbers that must not repeat are kept.
    ///   - replayFile: where it is kept which reports were seen.
    ///   - modelBundle: SHA-256 of the models, 32 bytes; the receiver refuses what was made with others.
    ///   - resolution: edge in pixels of the picture to draw.
    init(
        socket: DatagramSocket,
        settings: LinkSettings,
        keys: KeyRing,
        identityFile: String,
        replayFile: String,
        modelBundle: [UInt8],
        resolution: Int,
        metrics: TransmitterMetrics,
        disk: WorkThread,
        logger: Logger
    ) throws {
        self.socket = socket
        self.settings = settings
        self.modelBundle = modelBundle
        self.resolution = resolution
        self.identityFile = identityFile
        self.replayFile = ReplayFile(path: replayFile)
        self.metrics = metrics
        self.disk = disk
        self.logger = logger
        identity = try LinkIdentity.load(identityFile, seconds: UInt32(clamping: Int(Date().timeIntervalSince1970)))
        framer = try SignalFramer(
            sealer: PacketSealer(
                key: keys.peers[0].keys[0],
                senderID: identity.senderID,
                firstSequence: identity.nextSequence
            ),
            sideStreamID: UInt32(settings.sideStreamID)
        )
        opener = PacketOpener(keys: keys.keys)
        if let seen = try self.replayFile.load() { opener.restore(seen) }
    }

    /// Seals under the first key from now on, and takes reports under any of them.
    func use(_ keys: KeyRing) {
        framer.use(keys.peers[0].keys[0])
        opener.accept(keys.keys)
    }

    /// Takes reports until shut down.
    public func run() async throws {
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
            guard case .report(let report) = try opener.open(datagram.bytes).content else {
                return metrics.link.packets("unexpected")
            }
            guard let transfer = pending[report.transferID] else { return metrics.link.packets("report_late") }
            do {
                // Before anything happens because of it: else it could be sent again after a restart.
                try replayFile.save(opener.snapshot)
            } catch {
                logger.error("cannot take a report: \(error)")
                return
            }
            metrics.link.packets("report")
            transfer.yield(.report(report))
        } catch {
            switch error {
            case .notAuthentic, .unknownKey: metrics.link.notAuthentic()
            case .replayed: metrics.link.packets("replayed")
            case .malformed, .unsupportedVersion, .tooManySenders, .invalidContent: metrics.link.packets("foreign")
            }
        }
    }

    /// Sends a code word again and again until there is an outcome: acknowledged, refused or expired.
    ///
    /// - Parameters:
    ///   - onSent: called with the updated figures before each sending; an error it throws ends the sending.
    /// - Throws: `CancellationError` when cancelled, `WireError`, `FileError`.
    func send(
        _ codeWord: [Float],
        for record: TransferRecord,
        onSent: @Sendable (TransferRecord.Signal) async throws -> Void
    ) async throws -> TransferEvent {
        guard let id = UUID(uuidString: record.id) else { throw CancellationError() }
        let modem = Modem(
            realCount: codeWord.count,
            pilotCount: settings.pilots,
            layoutSeed: UInt64(settings.layoutSeed)
        )
        let modulated = modem.modulate(codeWord)
        let samples = modulated.symbols.interleaved
        let peer = try settings.peer.resolve()
        let (events, outcome) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(16))
        pending[id] = outcome
        var signal = record.signal
        // The deadline is wall-clock time, for restarts; within a process a clock that jumps changes nothing.
        let left = min(settings.expireSeconds, signal?.deadline.timeIntervalSinceNow ?? settings.expireSeconds)
        let end = ContinuousClock.now + .seconds(left)
        var sendings = 0
        var complaint: String?
        var timer: Task<Void, Never>?
        defer {
            timer?.cancel()
            pending[id] = nil
        }
        outcome.yield(.due)
        for await event in events {
            switch event {
            case .due:
                if ContinuousClock.now >= end {
                    if let complaint { logger.warning("expired: \(complaint)", metadata: ["transfer": "\(record.id)"]) }
                    return .expired
                }
                let attempts = (signal?.attempts ?? 0) + 1
                let datagrams = try frame(
                    samples,
                    id: id,
                    attempt: attempts,
                    reals: codeWord.count,
                    scale: modulated.scale
                )
                var next =
                    signal
                    ?? TransferRecord.Signal(
                        reals: codeWord.count,
                        symbols: codeWord.count / 2,
                        pilots: settings.pilots,
                        sideInformationBits: datagrams.filter { WirePacketKind.classify($0) == .sealed }.reduce(0) {
                            $0 + 8 * $1.count
                        },
                        edge: resolution,
                        deadline: Date() + left
                    )
                next.attempts = attempts
                signal = next
                try await onSent(next)
                for datagram in datagrams { socket.send(datagram, to: peer) }
                metrics.link.packets("sent", datagrams.count)
                sendings += 1
                let wait = min(.seconds(settings.retries.wait(afterAttempt: sendings)), end - .now + .milliseconds(10))
                timer?.cancel()
                timer = Task {
                    try? await Task.sleep(for: wait)
                    if !Task.isCancelled { outcome.yield(.due) }
                }
            case .report(let report):
                switch report.status {
                case .decoded:
                    return .acknowledged(
                        .init(
                            snrDecibels: Double(report.estimatedSNRDB),
                            erasures: Int(report.symbolsErased),
                            pictureDigest: report.resultDigest.hexadecimal
                        )
                    )
                case .refused:
                    return .failed(.init(code: "refused", message: "the receiver refused it: \(report.note)"))
                case .repeatRequested:
                    complaint = "the receiver asked for a repeat: \(report.note)"
                    outcome.yield(.due)
                case .failed:
                    complaint = "the receiver failed: \(report.note)"
                    logger.warning("\(complaint ?? "")", metadata: ["transfer": "\(record.id)"])
                }
            }
        }
        throw CancellationError()
    }

    /// One transmission's datagrams. The numbers they use up are on disk before this returns.
    private func frame(
        _ samples: [Float],
        id: UUID,
        attempt: Int,
        reals: Int,
        scale: Float
    ) throws -> [[UInt8]] {
        let unsent = SignalFramer.unsentCount(samples)
        let side = try SideInformation(
            transferID: id,
            attempt: UInt16(clamping: attempt),
            modelBundle: modelBundle,
            unsentCount: UInt16(clamping: unsent),
            realCount: UInt32(clamping: reals),
            pilotCount: UInt32(settings.pilots),
            layoutSeed: UInt64(settings.layoutSeed),
            scale: scale,
            signalStreamID: UInt32(settings.streamID) &+ identity.transmissions % 0x1000_0000,
            startSecond: UInt32(clamping: Int(Date().timeIntervalSince1970)),
            sampleRate: UInt32(settings.sampleRate),
            imageWidth: UInt16(resolution),
            imageHeight: UInt16(resolution),
            channelProfile: "awgn"
        )
        let framed = try framer.frame(samples, side: side)
        identity.transmissions &+= 1
        identity.nextSequence = framer.sealer.nextSequence
        try identity.save(to: identityFile)
        if unsent > 0 {
            logger.warning("\(unsent) symbols would clip and are not sent", metadata: ["transfer": "\(id)"])
        }
        return framed.datagrams
    }
}
