import Logging
import NIOPosix
import ServiceLifecycle
import UnixSignals

/// Reads the configuration again at each SIGHUP. A file that is wrong is logged, and the old settings stay.
struct ReloadService<Configuration: DaemonConfiguration>: Service {
    let signals: UnixSignalsSequence
    let reload: ConfigurationReload<Configuration>
    let load: @Sendable () throws -> Configuration
    let logger: Logger

    func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() {
            ServiceManager.reloading()
            do {
                let configuration = try await NIOThreadPool.singleton.runIfActive(load)
                await reload.apply(configuration, logger: logger)
                logger.notice("configuration read again")
                ServiceManager.reloaded(status: "configuration read again")
            } catch {
                logger.error("configuration not taken, the old one stays: \(error)")
                ServiceManager.reloaded(status: "configuration not taken: \(error)")
            }
        }
    }
}
