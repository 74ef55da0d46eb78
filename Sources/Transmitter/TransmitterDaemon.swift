import Foundation
import Logging
import Networks
import SemanticCoding
import ServiceKit
import ServiceLifecycle
import Wire

/// tx-daemon, put together.
package struct TransmitterDaemon: Service {
    private let configuration: TransmitterConfiguration
    private let context: DaemonContext<TransmitterConfiguration>
    private let logger = Logger(label: "tx-daemon")

    package init(_ configuration: TransmitterConfiguration, context: DaemonContext<TransmitterConfiguration> = .init())
    {
        self.configuration = configuration
        self.context = context
    }

    /// Runs until shut down.
    ///
    /// - Throws: what keeps the daemon from starting: `KeyFileError`, `KeyRingError`, `ModelStoreError`, `FileError`,
    ///   `DirectoryLock.Held`, `EndpointError`, `SocketError`.
    package func run() async throws {
        let keys = try configuration.keyRing()
        let maths = WorkThread(name: "maths")
        ServiceManager.starting("loading models", atMost: .seconds(300))
        let models = ModelStore(root: configuration.models, ownGenerator: configuration.generator)
        let encoder = try await maths.run { [configuration] _ in
            try SemanticCodecs.named(configuration.codec).encoder(
                models: models,
                settings: configuration.semantic,
                resolution: configuration.resolution
            )
        }
        try await run(encoder: encoder, keys: keys, maths: maths)
    }

    /// Runs with a codec that is there already.
    func run(encoder: any SemanticEncoder, keys: KeyRing, maths: WorkThread) async throws {
        let lock = try DirectoryLock(configuration.spool, program: "tx-daemon")
        defer { withExtendedLifetime(lock) {} }
        defer { Daemon.withdraw(file: configuration.readyFile) }
        let threads = TransferQueue.Threads(
            maths: maths,
            photos: WorkThread(name: "photos"),
            disk: WorkThread(name: "spool")
        )
        let metrics = TransmitterMetrics()
        let readiness = Readiness(starting: ["control"])
        let socket = try await DatagramSocket.bind(configuration.link.listen)
        let sockets = SocketMetrics(prefix: "deepsc")
        sockets.watch(socket)
        let link = try SignalLink(
            socket: socket,
            settings: configuration.link,
            keys: keys,
            identityFile: Spool.identityFile(root: configuration.spool),
            replayFile: Spool.replayFile(root: configuration.spool),
            resolution: configuration.resolution,
            readiness: readiness,
            metrics: metrics,
            disk: threads.disk,
            logger: logger
        )
        let queue = try TransferQueue(
            book: TransferBook(
                spool: Spool(root: configuration.spool),
                retention: configuration.retention,
                readiness: readiness,
                metrics: metrics,
                logger: logger
            ),
            encoder: encoder,
            link: link,
            limits: configuration.limits,
            designSNR: configuration.link.snr,
            mostReals: configuration.link.mostReals,
            sendsDrafts: configuration.firstPicture,
            metrics: metrics,
            threads: threads
        )
        let monitoring = MonitoringServer(settings: configuration.monitoring, readiness: readiness, logger: logger)
        let server = ControlServer(
            path: configuration.controlSocket,
            router: ControlRoutes.router(
                queue: queue,
                streams: FrameStreams(
                    queue: queue,
                    link: link,
                    designSNR: configuration.link.snr,
                    maths: maths,
                    metrics: metrics,
                    logger: logger
                ),
                uploads: PhotoUploads(directory: configuration.spool),
                health: TransmitterHealth(sockets: sockets, readiness: readiness)
            ),
            readiness: readiness,
            logger: logger
        ) { [configuration, logger] in
            let ready = Daemon.Ready(udpPort: socket.port, monitoringPort: await monitoring.port())
            readiness.report("control", trouble: nil)
            Daemon.announce(ready, file: configuration.readyFile, logger: logger)
        }
        context.reload.on("keys") { await link.use(try $0.keyRing()) }
        context.reload.on("adapters") { _ in try await threads.maths.run { _ in try encoder.reload() } }
        context.reload.on("limits") { await queue.use($0.limits, $0.retention) }
        context.watchdog.watch("maths", maths)
        context.watchdog.watch("photos", threads.photos)
        context.watchdog.watch("queue and spool", threads.disk)
        context.watchdog.watch("link", socket)
        var services: [any Service] = [monitoring, link, queue, server]
        if let codec = encoder as? any DependentCodec {
            services.append(
                HealthProbe("codec", readiness: readiness, logger: logger) {
                    try await maths.run { try codec.trouble(checkpoint: $0.callAsFunction) }
                }
            )
        }
        try await ServiceGroup(services: services, logger: logger).run()
    }
}
