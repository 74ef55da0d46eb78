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
        let models = ModelStore(root: configuration.models, ownGenerator: configuration.generator)
        var settings = SemanticSettings()
        settings.external = configuration.external
        let decoders = try await maths.run { [configuration, settings] _ in
            try SemanticCodecs.named(configuration.codec).decoders(models: models, settings: settings)
        }
        try await run(decoders: decoders, keys: keys, maths: maths)
    }

    /// Runs with decoders that are there already, by the digest of the models that a transfer must have been made with; one
    /// under an empty digest looks at digests itself.
    func run(
        decoders: [[UInt8]: any SemanticDecoder],
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
        let receiver = TransferReceiver(
            book: ResultBook(
                store: store,
                retention: configuration.retention,
                metrics: metrics,
                logger: logger
            ),
            crashed: crashed,
            decoders: decoders,
            resolution: configuration.resolution,
            limits: configuration.limits,
            gate: configuration.quality,
            readiness: readiness,
            metrics: metrics,
            maths: maths,
            disk: disk,
            logger: logger
        )
        let player = StreamPlayer(
            receiver: receiver,
            root: configuration.results,
            delay: configuration.stream.delay,
            retention: configuration.retention,
            metrics: metrics,
            maths: maths,
            disk: disk,
            logger: logger
        )
        let intake = try SignalIntake(
            socket: socket,
            receiver: receiver,
            player: player,
            configuration: configuration,
            mostReals: decoders.values.map(\.maximumDimension).max() ?? 0,
            keys: keys,
            identityFile: store.identityFile,
            replayFile: store.replayFile,
            readiness: readiness,
            metrics: metrics,
            disk: disk,
            logger: logger
        )
        context.reload.on("keys") { await intake.use(try KeyRing(reading: $0.peers)) }
        context.reload.on("adapters") { _ in try await receiver.reload() }
        context.reload.on("limits") {
            await receiver.use($0.limits, $0.quality, $0.retention)
            await player.use(delay: $0.stream.delay, $0.retention)
        }
        context.watchdog.watch("maths", maths)
        context.watchdog.watch("results", disk)
        context.watchdog.watch("socket", socket)
        context.watchdog.watch("intake", intake.pulse)
        let monitoring = MonitoringServer(settings: configuration.monitoring, readiness: readiness, logger: logger)
        let ready: @Sendable () async -> Daemon.Ready = {
            Daemon.Ready(udpPort: socket.port, monitoringPort: await monitoring.port())
        }
        defer { logger.info("datagrams dropped: \(sockets.drops.summary)") }
        var services: [any Service] = [monitoring, intake]
        if let path = configuration.resultsSocket {
            services.append(
                ControlServer(
                    path: path,
                    router: ResultRoutes.router(receiver, player, readiness: readiness),
                    readiness: readiness,
                    logger: logger
                ) { [configuration, logger] in
                    Daemon.announce(await ready(), file: configuration.readyFile, logger: logger)
                }
            )
        } else {
            services.append(Announcement(logger: logger, file: configuration.readyFile, ready: ready))
        }
        for case let codec as any DependentCodec in decoders.values {
            services.append(
                HealthProbe("codec", readiness: readiness, logger: logger) {
                    try await maths.run { try codec.trouble(checkpoint: $0.callAsFunction) }
                }
            )
        }
        try await ServiceGroup(services: services, logger: logger).run()
    }
}
