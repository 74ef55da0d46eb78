import Foundation
import Logging
import Networks
import SemanticCoding
import ServiceKit
import ServiceLifecycle
import Wire

/// rx-daemon, put together.
package struct ReceiverDaemon: Service {
    private let configuration: ReceiverConfiguration
    private let context: DaemonContext<ReceiverConfiguration>
    private let logger = Logger(label: "rx-daemon")

    package init(_ configuration: ReceiverConfiguration, context: DaemonContext<ReceiverConfiguration> = .init()) {
        self.configuration = configuration
        self.context = context
    }

    /// Runs until shut down.
    ///
    /// - Throws: what keeps the daemon from starting: `KeyFileError`, `KeyRingError`, `ModelStoreError`, `FileError`,
    ///   `DirectoryLock.Held`, `EndpointError`, `SocketError`.
    package func run() async throws {
        let keys = try KeyRing(reading: configuration.peers)
        let maths = WorkThread(name: "maths")
        ServiceManager.starting("loading models", atMost: .seconds(300))
        let models = ModelStore(root: configuration.models)
        let decoders = try await maths.run { _ in
            let (network, student) = (try models.generator(), try models.student())
            var decoders: [[UInt8]: any PictureDecoder] = [:]
            for kind in LatentKind.allCases {
                let space = try models.latentSpace(kind, network: network)
                decoders[try models.bundleDigest(of: kind)] = try SemanticReceiver(space: space, student: student)
            }
            return decoders
        }
        try await run(decoders: decoders, keys: keys, maths: maths)
    }

    /// Runs with decoders that are there already, by the digest of the models that a transfer must have been made with.
    func run(
        decoders: [[UInt8]: any PictureDecoder],
        keys: KeyRing,
        maths: WorkThread
    ) async throws {
        let lock = try DirectoryLock(configuration.results, program: "rx-daemon")
        defer { withExtendedLifetime(lock) {} }
        defer { Daemon.withdraw(file: configuration.readyFile) }
        let disk = WorkThread(name: "results")
        let metrics = ReceiverMetrics()
        let readiness = Readiness()
        let store = try ResultStore(root: configuration.results)
        let crashed = try CrashedTransfers(root: configuration.results)
        defer { crashed.work.stop() }
        let socket = try await DatagramSocket.bind(configuration.link.listen)
        let sockets = SocketMetrics(prefix: "deepsc")
        sockets.watch(socket)
        let desk = TransferReceiver(
            store: store,
            crashed: crashed,
            decoders: decoders,
            resolution: configuration.resolution,
            limits: configuration.limits,
            retention: configuration.retention,
            readiness: readiness,
            metrics: metrics,
            maths: maths,
            disk: disk,
            logger: logger
        )
        let intake = try SignalIntake(
            socket: socket,
            desk: desk,
            configuration: configuration,
            mostReals: decoders.values.map(\.mostReals).max() ?? 0,
            keys: keys,
            identityFile: store.identityFile,
            replayFile: store.replayFile,
            readiness: readiness,
            metrics: metrics,
            disk: disk,
            logger: logger
        )
        context.reload.on("keys") { await intake.use(try KeyRing(reading: $0.peers)) }
        context.reload.on("limits") { await desk.use($0.limits, $0.retention) }
        context.watchdog.watch("maths", maths)
        context.watchdog.watch("desk and results", disk)
        context.watchdog.watch("socket", socket)
        context.watchdog.watch("intake", intake.pulse)
        let monitoring = MonitoringServer(settings: configuration.monitoring, readiness: readiness, logger: logger)
        let announcement = Announcement(logger: logger, file: configuration.readyFile) {
            Daemon.Ready(udpPort: socket.port, monitoringPort: await monitoring.port())
        }
        defer { logger.info("datagrams dropped: \(sockets.drops.summary)") }
        try await ServiceGroup(services: [monitoring, intake, announcement], logger: logger).run()
    }
}
