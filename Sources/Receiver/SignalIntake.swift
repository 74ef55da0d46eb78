import Foundation
import Logging
import NIOCore
import ServiceKit
import ServiceLifecycle
import Wire

/// The receiver's socket: puts transmissions together, has them handled, and sends the reports back to where the
/// authenticated packets came from.
actor SignalIntake: Service {
    private let socket: DatagramSocket
    private let receiver: TransferReceiver
    private let player: StreamPlayer
    private let reportStreamID: UInt32
    private let mostReals: Int
    private let identityFile: String
    private let disk: WorkThread
    private let logger: Logger

    private let metrics: ReceiverMetrics
    private var limiter: SourceLimiter<String>
    private var keys: KeyRing
    private var replayFile: ReplayFile
    private var reassembler: SignalReassembler<SocketAddress>
    private var counted = ReassemblyCounters()
    private var sealer: PacketSealer
    private var watch: SendWatch
    private var identity: LinkIdentity
    private let began = ContinuousClock.now
    /// Beats with each datagram and each tick.
    nonisolated let pulse = Pulse()

    nonisolated var unownedExecutor: UnownedSerialExecutor { disk.asUnownedSerialExecutor() }

    init(
        socket: DatagramSocket,
        receiver: TransferReceiver,
        player: StreamPlayer,
        configuration: ReceiverConfiguration,
        mostReals: Int,
        keys: KeyRing,
        identityFile: String,
        replayFile: String,
        readiness: Readiness,
        metrics: ReceiverMetrics,
        disk: WorkThread,
        logger: Logger
    ) throws {
        self.socket = socket
        watch = SendWatch("link", readiness: readiness, logger: logger)
        (self.receiver, self.player) = (receiver, player)
        self.identityFile = identityFile
        self.keys = keys
        self.mostReals = mostReals
        self.replayFile = ReplayFile(path: replayFile)
        self.metrics = metrics
        let rate = Double(configuration.limits.packetsPerSecond)
        limiter = SourceLimiter(rate: rate, burst: 10 * rate)
        self.disk = disk
        self.logger = logger
        reportStreamID = UInt32(configuration.link.reportStreamID)
        var limits = SignalReassembler<SocketAddress>.Limits()
        limits.transmissions = configuration.limits.transfers
        limits.bytes = configuration.limits.shareOfMemory
        limits.reals = mostReals
        limits.deadline = .seconds(configuration.link.assemblySeconds)
        // Half of what a frame may wait before it is shown: it is to be drawn, too.
        limits.frameDeadline = configuration.stream.delay / 2
        reassembler = SignalReassembler(opener: PacketOpener(keys: keys.keys), limits: limits)
        if let seen = try self.replayFile.load() { reassembler.restore(seen) }
        identity = try LinkIdentity.load(identityFile, seconds: Self.now)
        sealer = PacketSealer(
            key: keys.peers[0].keys[0],
            senderID: identity.senderID,
            firstSequence: identity.nextSequence
        )
    }

    /// Takes packets under these keys and no others from now on.
    func use(_ keys: KeyRing) {
        self.keys = keys
        reassembler.accept(keys.keys)
    }

    /// Receives until shut down; what is being drawn then is finished and acknowledged first.
    func run() async throws {
        let (inputs, feed) = AsyncStream.makeStream(
            of: DatagramSocket.Datagram?.self,
            bufferingPolicy: .bufferingOldest(4096)
        )
        let datagrams = Task {
            for await datagram in socket.datagrams {
                if case .dropped = feed.yield(datagram) { metrics.link.packets("overrun") }
            }
        }
        let ticks = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(100))
                feed.yield(nil)
            }
        }
        let tidying = Task { await receiver.keepTidy() }
        let playing = Task { await player.keepTidy() }
        await withDiscardingTaskGroup { group in
            for await input in inputs.cancelOnGracefulShutdown() {
                pulse.beat()
                let now = ContinuousClock.now - began
                let events = input.map { receive($0, at: now) } ?? tick(at: now)
                for event in events {
                    switch event {
                    case .received(let transmission): group.addTask { await self.serve(transmission) }
                    case .refused(let side, let peer, let key): refuse(side, from: peer, under: key)
                    }
                }
            }
            pulse.finish()
        }
        ticks.cancel()
        tidying.cancel()
        playing.cancel()
        datagrams.cancel()
        await socket.close()
        metrics.follow(reassembler.counters, since: counted)
        let fates = reassembler.counters.byFate.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        logger.info("packets: \(fates)")
    }

    private func receive(
        _ datagram: DatagramSocket.Datagram,
        at now: Duration
    ) -> [SignalReassembler<SocketAddress>.Event] {
        guard limiter.admit(datagram.source.ipAddress ?? "", at: now) else {
            metrics.link.limited.increment()
            return []
        }
        return reassembler.receive(datagram.bytes, from: datagram.source, at: now)
    }

    private func tick(at now: Duration) -> [SignalReassembler<SocketAddress>.Event] {
        let events = reassembler.tick(at: now)
        metrics.follow(reassembler.counters, since: counted)
        if reassembler.counters.sendersDisplaced > counted.sendersDisplaced {
            logger.warning(
                "a key is used by more senders than are remembered: the one with the lowest numbers was forgotten"
            )
        }
        counted = reassembler.counters
        return events
    }

    private func serve(_ transmission: ReceivedTransmission<SocketAddress>) async {
        // A key that was taken out meanwhile has no owner: nothing of it is drawn or answered.
        guard let (peer, key) = keys.owner(of: transmission.keyIdentifier) else { return }
        guard isRemembered() else { return }
        let report =
            transmission.side.frame == nil
            ? await receiver.handle(transmission, of: peer.name) : await player.handle(transmission, of: peer.name)
        guard let report else { return }
        answer(report, to: transmission.peer, under: key)
    }

    /// Puts on disk what was seen, before anything happens because of it: else it could be sent again after a restart.
    private func isRemembered() -> Bool {
        do {
            try replayFile.save(reassembler.replaySnapshot)
            return true
        } catch {
            logger.error("cannot take a transmission: \(error)")
            return false
        }
    }

    /// Says that a transmission is larger than any code that can be drawn here.
    private func refuse(_ side: SideInformation, from address: SocketAddress, under identifier: UInt32) {
        guard let (_, key) = keys.owner(of: identifier), isRemembered() else { return }
        let note = "\(side.realCount) reals are more than the longest code that the receiver draws: \(mostReals)"
        let report = try? TransferReport(
            transferID: side.transferID,
            attempt: side.attempt,
            status: .refused,
            estimatedSNRDB: 0,
            symbolsExpected: UInt32(clamping: side.symbolCount),
            symbolsErased: UInt32(clamping: side.symbolCount),
            note: note
        )
        logger.error("refused: \(note)", metadata: ["transfer": "\(side.transferID.uuidString.lowercased())"])
        metrics.link.transfers("refused")
        if let report { answer(report, to: address, under: key) }
    }

    private func answer(_ report: TransferReport, to address: SocketAddress, under key: PreSharedKey) {
        sealer.use(key)
        let datagram = sealer.seal(
            report,
            streamID: reportStreamID,
            at: DIFITimestamp(seconds: Self.now, picoseconds: 0)
        )
        identity.nextSequence = sealer.nextSequence
        do {
            // No number may be used twice, so it is on disk before the packet is on the air.
            try identity.save(to: identityFile)
        } catch {
            logger.error("cannot report: \(error)")
            return
        }
        do {
            try socket.send(datagram, to: address)
            watch.isWell()
        } catch {
            // The transmitter sends again, and is answered again.
            watch.failed(error)
            metrics.link.packets("unsent")
        }
    }

    private static var now: UInt32 { UInt32(clamping: Int(Date().timeIntervalSince1970)) }
}
