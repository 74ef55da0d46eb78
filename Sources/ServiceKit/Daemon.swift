import CSystemd
import Foundation
import Logging
import Metrics
import ServiceLifecycle

/// What all daemons do the same way: logs, ready message, signals, drain.
public enum Daemon {
    /// Sets log level and umask (nothing for others). Once per process, first of all.
    ///
    /// Logs go to standard error, one line each.
    public static func bootstrap(logLevel: Logger.Level) {
        umask(0o007)
        MetricsSystem.bootstrap(PrometheusRegistry.shared)
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = logLevel
            return handler
        }
    }

    /// Runs a daemon until SIGTERM or SIGINT and the drain that follows.
    ///
    /// - Throws: the first error of the service.
    public static func run(_ service: any Service, logger: Logger) async throws {
        var configuration = ServiceGroupConfiguration(
            services: [service, StopNotice(logger: logger)],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = .seconds(60)
        try await ServiceGroup(configuration: configuration).run()
        logger.info("stopped")
    }

    /// Says that the daemon works now: to systemd, to the log, and in the ready file where one is configured.
    public static func announce(_ ready: Ready, file: String?, logger: Logger) {
        do {
            if let file { try AtomicFile.write(ControlJSON.encode(ready), to: file) }
        } catch {
            logger.error("cannot write the ready file: \(error)")
        }
        sd_notify(0, "READY=1")
        logger.info("ready", metadata: ["udp_port": "\(ready.udpPort)"])
    }

    /// What the ready file holds, as JSON: for scripts and tests that let the system choose ports.
    public struct Ready: Codable, Sendable {
        public let pid: Int32
        public let udpPort: Int
        /// Of `/metrics` and its like.
        public let monitoringPort: Int?

        public init(udpPort: Int, monitoringPort: Int? = nil) {
            pid = getpid()
            self.udpPort = udpPort
            self.monitoringPort = monitoringPort
        }
    }

    private struct StopNotice: Service {
        let logger: Logger

        func run() async throws {
            // Cancelled instead of shut down when another service failed: there is nothing to tell then.
            guard (try? await gracefulShutdown()) != nil else { return }
            sd_notify(0, "STOPPING=1")
            logger.info("stopping")
        }
    }
}
