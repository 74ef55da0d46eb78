import Logging
import Synchronization

/// What a running daemon does with a configuration that is read again on SIGHUP.
package final class ConfigurationReload<Configuration: Sendable>: Sendable {
    /// Takes what it is about from the new configuration. What it throws is logged, and the old settings stay.
    package typealias Hook = @Sendable (Configuration) async throws -> Void

    private let hooks = Mutex<[(name: String, hook: Hook)]>([])

    package init() {}

    /// Has `hook` called at each reload, after those registered before.
    ///
    /// - Parameter name: what it sets, for the log: "limits".
    package func on(_ name: String, _ hook: @escaping Hook) {
        hooks.withLock { $0.append((name, hook)) }
    }

    /// Hands a configuration to all hooks.
    func apply(_ configuration: Configuration, logger: Logger) async {
        for (name, hook) in hooks.withLock({ $0 }) {
            do {
                try await hook(configuration)
            } catch {
                logger.error("\(name) stays as it was: \(error)")
            }
        }
    }
}
