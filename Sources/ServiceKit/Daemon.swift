import Basics
import ControlAPI
import Foundation
import Logging
import Metrics
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// What all daemons do the same way: logs, ready message, signals, reload, watchdog, drain.
package enum Daemon {
    /// Sets log level and umask (nothing for others). Once per process, first of all.
    static func bootstrap(logLevel: Logger.Level) {
        umask(0o007)
        MetricsSystem.bootstrap(PrometheusRegistry.shared)
        DaemonLog.level = logLevel
        DaemonLog.bootstrap()
    }

    /// Runs a daemon until SIGTERM or SIGINT and the drain that follows. SIGHUP has the configuration read again.
    ///
    /// - Parameter load: reads the configuration again.
    /// - Throws: the first error of the service.
    static func run<Configuration>(
        _ service: any Service,
        context: DaemonContext<Configuration>,
        load: @escaping @Sendable () throws -> Configuration,
        logger: Logger
    ) async throws {
        context.reload.on("log level") { DaemonLog.level = $0.logLevel }
        for eventLoop in MultiThreadedEventLoopGroup.singleton.makeIterator() {
            context.watchdog.watch("event loop", EventLoopWatch(eventLoop: eventLoop))
        }
        let reload = ReloadService(
            signals: await UnixSignalsSequence(trapping: .sighup),
            reload: context.reload,
            load: load,
            logger: logger
        )
        var configuration = ServiceGroupConfiguration(
            services: [reload, service, StopNotice(logger: logger)],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = .seconds(60)
        // Fed to the end, drain included: cancelled only when this function returns.
        async let _ = context.watchdog.run(logger: logger)
        try await ServiceGroup(configuration: configuration).run()
        logger.info("stopped")
    }

    /// Says that the daemon works now: to systemd, to the log, and in the ready file where one is configured.
    package static func announce(_ ready: Ready, file: String?, logger: Logger) {
        do {
            if let file { try AtomicFile.write(DatedJSON.encode(ready), to: file) }
        } catch {
            logger.error("cannot write the ready file: \(error)")
        }
        let (kind, port) = ready.udpPort.map { ("UDP", $0) } ?? ("HTTP", ready.httpPort ?? 0)
        ServiceManager.ready(status: "ready on \(kind) port \(port)")
        logger.info("ready", metadata: ["\(kind.lowercased())_port": "\(port)"])
    }

    /// Removes the ready file, unless another process has written it since.
    package static func withdraw(file: String?) {
        guard let file, let bytes = try? AtomicFile.read(file, limit: 4096),
            let ready = try? DatedJSON.decode(Ready.self, from: bytes), ready.pid == getpid()
        else { return }
        unlink(file)
    }

    /// What the ready file holds, as JSON: for scripts and tests that let the system choose ports.
    package struct Ready: Codable, Sendable {
        package let pid: Int32
        /// Of signals or reports.
        package let udpPort: Int?
        /// Of a page for people.
        package let httpPort: Int?
        /// Of `/metrics` and its like.
        package let monitoringPort: Int?

        package init(udpPort: Int? = nil, httpPort: Int? = nil, monitoringPort: Int? = nil) {
            pid = getpid()
            (self.udpPort, self.httpPort, self.monitoringPort) = (udpPort, httpPort, monitoringPort)
        }
    }

    private struct StopNotice: Service {
        let logger: Logger

        func run() async throws {
            // Cancelled instead of shut down when another service failed: there is nothing to tell then.
            guard (try? await gracefulShutdown()) != nil else { return }
            ServiceManager.stopping()
            logger.info("stopping")
        }
    }
}
