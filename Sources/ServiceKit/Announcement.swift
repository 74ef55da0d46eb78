import Logging
import ServiceLifecycle

/// The last service of a daemon: says that it is ready once the others are.
package struct Announcement: Service {
    private let logger: Logger
    private let file: String?
    private let ready: @Sendable () async -> Daemon.Ready

    /// - Parameters:
    ///   - file: the ready file, where one is configured.
    ///   - ready: waits for the other services.
    package init(logger: Logger, file: String?, ready: @escaping @Sendable () async -> Daemon.Ready) {
        self.logger = logger
        self.file = file
        self.ready = ready
    }

    package func run() async throws {
        Daemon.announce(await ready(), file: file, logger: logger)
        try? await gracefulShutdown()
    }
}
