import Foundation
import Logging
import Networks
import SemanticCoding
import ServiceKit
import ServiceLifecycle
import Wire

/// rx-daemon, put together.
public struct ReceiverDaemon: Service {
    private let configuration: ReceiverConfiguration
    private let context: DaemonContext<ReceiverConfiguration>
    private let logger = Logger(label: "rx-daemon")

    public init(_ configuration: ReceiverConfiguration, context: DaemonContext<ReceiverConfiguration> = .init()) {
        self.configuration = configuration
        self.context = context
    }

    /// Runs until shut down.
    ///
    /// - Throws: what keeps the daemon from starting: `KeyFileError`, `ModelStoreError`, `FileError`, a socket's error.
    public func run() async throws {
        let key = try PreSharedKey.parse(KeyFile.read(configuration.keyFile))
        let maths = WorkThread(name: "maths")
        ServiceManager.starting("loading models", atMost: .seconds(300))
        let models = ModelStore(root: configuration.models)
        let (decoder, bundle) = try await maths.run { _ in
            (try SemanticReceiver(models: models), try models.bundleDigest())
        }
        try await run(decoder: decoder, modelBundle: bundle, key: key, maths: maths)
    }

    /// Runs with a decoder that is there already.
    func run(
        decoder: any PictureDecoder,
        modelBundle: [UInt8],
        key: PreSharedKey,
        maths: WorkThread
    ) async throws {
        let disk = WorkThread(name: "results")
        let store = try ResultStore(root: configuration.results)
        let socket = try await DatagramSocket.bind(configuration.link.listen)
        let desk = TransferDesk(
            store: store,
            decoder: decoder,
            modelBundle: modelBundle,
            limits: configuration.limits,
            maths: maths,
            disk: disk,
            logger: logger
        )
        let intake = try SignalIntake(
            socket: socket,
            desk: desk,
            configuration: configuration,
            key: key,
            identityFile: store.identityFile,
            disk: disk,
            logger: logger
        )
        context.watchdog.watch("maths", maths)
        context.watchdog.watch("desk and results", disk)
        context.watchdog.watch("socket", socket)
        context.watchdog.watch("intake", intake.pulse)
        Daemon.announce(.init(udpPort: socket.port), file: configuration.readyFile, logger: logger)
        try await intake.run()
    }
}
