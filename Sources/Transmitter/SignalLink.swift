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
    private let disk: WorkThread
    private let logger: Logger

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
    ///   - identityFile: where the numbers that must not repeat are kept.
    ///   - modelBundle: SHA-256 of the models, 32 bytes; the receiver refuses what was made with others.
    ///   - resolution: edge in pixels of the picture to draw.
    public init(
        socket: DatagramSocket,
        settings: LinkSettings,
        key: PreSharedKey,
        identityFile: String,
        modelBundle: [UInt8],
        resolution: Int,
        disk: WorkThread,
        logger: Logger
    ) throws {
        self.socket = socket
        self.settings = settings
        self.modelBundle = modelBundle
        self.resolution = resolution
        self.identityFile = identityFile
        self.disk = disk
        self.logger = logger
        identity = try LinkIdentity.load(identityFile, seconds: UInt32(clamping: Int(Date().timeIntervalSince1970)))
        framer = try SignalFramer(
            sealer: PacketSealer(key: key, senderID: identity.senderID, firstSequence: identity.nextSequence),
            sideStreamID: UInt32(settings.sideStreamID)
        )
        opener = PacketOpener(keys: [key])
    }

    /// Takes reports until shut down.
    public func run() async throws {
        for await datagram in socket.datagrams.cancelOnGracefulShutdown() {
            // What does not open is noise from the network: no answer, no log line that it could fill the disk with.
            guard case .report(let report)? = try? opener.open(datagram.bytes) else { continue }
            pending[report.transferID]?.yield(.report(report))
        }
        await socket.close()
    }

    /// Sends a code word again and again until there is an outcome: acknowledged, refused or expired.
    ///
    /// - Parameters:
    ///   - onSent: called with the updated figures before each sending.
    /// - Throws: `CancellationError` when cancelled, `WireError`, `FileError`.
    func send(
        _ codeWord: [Float],
        for record: TransferRecord,
        onSent: @Sendable (TransferRecord.Signal) async -> Void
    ) async throws -> TransferEvent {
        guard let id = UUID(uuidString: record.id) else { throw CancellationError() }
        let pilots = PilotPattern(
            dataCount: codeWord.count / 2,
            pilotCount: settings.pilots,
            seed: UInt64(settings.layoutSeed)
        )
        let normalized = PowerNormalizer.normalize(codeWord)
        let samples = pilots.multiplex(normalized.symbols).interleaved
        let peer = try settings.peer.resolve()
        let (events, outcome) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(16))
        pending[id] = outcome
        var signal = record.signal
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
                if let deadline = signal?.deadline, Date() >= deadline {
                    if let complaint { logger.warning("expired: \(complaint)", metadata: ["transfer": "\(record.id)"]) }
                    return .expired
                }
                let attempts = (signal?.attempts ?? 0) + 1
                let datagrams = try frame(
                    samples,
                    id: id,
                    attempt: attempts,
                    reals: codeWord.count,
                    scale: normalized.scale
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
                        deadline: Date() + settings.expireSeconds
                    )
                next.attempts = attempts
                signal = next
                await onSent(next)
                for datagram in datagrams { socket.send(datagram, to: peer) }
                sendings += 1
                let wait = min(
                    settings.retries.wait(afterAttempt: sendings),
                    max(0, next.deadline.timeIntervalSinceNow) + 0.01
                )
                timer?.cancel()
                timer = Task {
                    try? await Task.sleep(for: .seconds(wait))
                    if !Task.isCancelled { outcome.yield(.due) }
                }
            case .report(let report):
                switch report.status {
                case .decoded:
                    return .acknowledged(
                        .init(
                            snrDecibels: Double(report.estimatedSNRDB),
                            erasures: Int(report.symbolsErased),
                            pictureDigest: report.resultDigest.map { String(format: "%02x", $0) }.joined()
                        )
                    )
                case .refused:
                    return .failed(.init(code: "refused", message: "the receiver refused it: \(report.note)"))
                case .repeatRequested:
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
        let side = try SideInformation(
            transferID: id,
            attempt: UInt16(clamping: attempt),
            modelBundle: modelBundle,
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
        if framed.clipped > 0 {
            logger.warning("\(framed.clipped) components clipped", metadata: ["transfer": "\(id)"])
        }
        return framed.datagrams
    }
}
