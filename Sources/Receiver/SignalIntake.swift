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
    private let desk: TransferDesk
    private let reportStreamID: UInt32
    private let identityFile: String
    private let disk: WorkThread
    private let logger: Logger

    private var reassembler: SignalReassembler<SocketAddress>
    private var sealer: PacketSealer
    private var identity: LinkIdentity
    private let began = ContinuousClock.now
    /// Beats with each datagram and each tick.
    nonisolated let pulse = Pulse()

    nonisolated var unownedExecutor: UnownedSerialExecutor { disk.asUnownedSerialExecutor() }

    init(
        socket: DatagramSocket,
        desk: TransferDesk,
        configuration: ReceiverConfiguration,
        key: PreSharedKey,
        identityFile: String,
        disk: WorkThread,
        logger: Logger
    ) throws {
        self.socket = socket
        self.desk = desk
        self.identityFile = identityFile
        self.disk = disk
        self.logger = logger
        reportStreamID = UInt32(configuration.link.reportStreamID)
        var limits = SignalReassembler<SocketAddress>.Limits()
        limits.transmissions = configuration.limits.transfers
        limits.deadline = .seconds(configuration.link.assemblySeconds)
        reassembler = SignalReassembler(opener: PacketOpener(keys: [key]), limits: limits)
        identity = try LinkIdentity.load(identityFile, seconds: Self.now)
        sealer = PacketSealer(key: key, senderID: identity.senderID, firstSequence: identity.nextSequence)
    }

    /// Receives until shut down; what is being drawn then is finished and acknowledged first.
    func run() async throws {
        let (inputs, feed) = AsyncStream.makeStream(
            of: DatagramSocket.Datagram?.self,
            bufferingPolicy: .bufferingOldest(4096)
        )
        let datagrams = Task {
            for await datagram in socket.datagrams { feed.yield(datagram) }
        }
        let ticks = Task {
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(100))
                feed.yield(nil)
            }
        }
        await withDiscardingTaskGroup { group in
            for await input in inputs.cancelOnGracefulShutdown() {
                pulse.beat()
                let now = ContinuousClock.now - began
                let events =
                    input.map { reassembler.receive($0.bytes, from: $0.source, at: now) } ?? reassembler.tick(at: now)
                for case .received(let transmission) in events { group.addTask { await self.serve(transmission) } }
            }
            pulse.finish()
        }
        ticks.cancel()
        datagrams.cancel()
        await socket.close()
        let fates = reassembler.counters.byFate.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        logger.info("packets: \(fates)")
    }

    private func serve(_ transmission: ReceivedTransmission<SocketAddress>) async {
        guard let report = await desk.handle(transmission) else { return }
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
        socket.send(datagram, to: transmission.peer)
    }

    private static var now: UInt32 { UInt32(clamping: Int(Date().timeIntervalSince1970)) }
}
