import Logging
import ServiceKit
import ServiceLifecycle

/// deepsc-console, put together: a page for people, before the daemons' own APIs.
package struct ConsoleDaemon: Service {
    private let configuration: ConsoleConfiguration
    private let logger = Logger(label: "deepsc-console")

    package init(_ configuration: ConsoleConfiguration) {
        self.configuration = configuration
    }

    /// Serves until shut down.
    ///
    /// - Throws: what keeps it from starting: `FileError`, `KeyFileError`, `TokenError`, `SocketError`.
    package func run() async throws {
        let token = try ConsoleToken(file: configuration.tokenFile)
        defer { Daemon.withdraw(file: configuration.readyFile) }
        let server = WebServer(
            listen: configuration.listen,
            router: ConsoleRoutes.router(configuration, token: token),
            logger: logger
        )
        let announcement = Announcement(logger: logger, file: configuration.readyFile) { [configuration, logger] in
            let port = await server.port() ?? 0
            let page = "http://\(configuration.hosts.first ?? "127.0.0.1"):\(port)/"
            if token.isNew {
                // Once, so that the journal does not keep handing it out.
                logger.notice("the page is \(page)login?token=\(token.text)")
            } else {
                logger.notice("the page is \(page); its token is in \(configuration.tokenFile)")
            }
            return Daemon.Ready(httpPort: port)
        }
        try await ServiceGroup(services: [server, announcement], logger: logger).run()
    }
}
