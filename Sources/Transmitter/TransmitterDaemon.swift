import Foundation
import Logging
import Networks
import SemanticCoding
import ServiceKit
import Wire

/// tx-daemon, put together.
public struct TransmitterDaemon: Sendable {
    private let configuration: TransmitterConfiguration
    private let logger = Logger(label: "tx-daemon")

    /// Sets up logging: once per process.
    public init(_ configuration: TransmitterConfiguration) {
        self.configuration = configuration
        Daemon.bootstrap(logLevel: configuration.logLevel)
    }

    /// Runs until SIGTERM or SIGINT.
    ///
    /// - Throws: what keeps the daemon from starting: `KeyFileError`, `ModelStoreError`, `FileError`, a socket's error.
    public func run() async throws {
        let key = try PreSharedKey.parse(KeyFile.read(configuration.keyFile))
        let maths = WorkThread(name: "maths")
        let disk = WorkThread(name: "spool")
        let models = ModelStore(root: configuration.models)
        let (codec, bundle) = try await maths.run { [configuration] _ in
            (
                try SemanticTransmitter(models: models, settings: configuration.semantic),
                try models.bundleDigest()
            )
        }
        let socket = try await DatagramSocket.bind(configuration.link.listen)
        try AtomicFile.makeDirectory(configuration.spool)
        let link = try SignalLink(
            socket: socket, settings: configuration.link, key: key,
            identityFile: Spool.identityFile(root: configuration.spool), modelBundle: bundle,
            resolution: configuration.resolution, disk: disk, logger: logger)
        let queue = try TransferQueue(
            spool: configuration.spool, codec: codec, link: link, resolution: configuration.resolution,
            limits: configuration.limits, maths: maths, disk: disk, logger: logger)
        let server = ControlServer(
            path: configuration.controlSocket,
            router: ControlRoutes.router(queue: queue, limits: configuration.limits), logger: logger
        ) { [configuration, logger] in
            Daemon.announce(.init(udpPort: socket.port), file: configuration.readyFile, logger: logger)
        }
        try await Daemon.run([link, queue, server], logger: logger)
    }
}
