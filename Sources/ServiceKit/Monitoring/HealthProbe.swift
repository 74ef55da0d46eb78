import Logging
import ServiceLifecycle

/// Asks a part of a daemon every few seconds how it is, and has `/readyz` show what it says.
package struct HealthProbe: Service {
    private let part: String
    private let readiness: Readiness
    private let logger: Logger
    private let pause: Duration
    private let trouble: @Sendable () async throws -> String?

    /// - Parameters:
    ///   - part: what `/readyz` calls it.
    ///   - pause: between two questions.
    ///   - trouble: says what keeps the part from working; nil when it can work. What it throws says nothing.
    package init(
        _ part: String,
        readiness: Readiness,
        logger: Logger,
        pause: Duration = .seconds(2),
        trouble: @escaping @Sendable () async throws -> String?
    ) {
        (self.part, self.readiness, self.logger) = (part, readiness, logger)
        (self.pause, self.trouble) = (pause, trouble)
    }

    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await look()
                try await Task.sleep(for: pause)
            }
        }
    }

    /// Asks once; news goes to the log.
    private func look() async {
        let found: String?
        do {
            found = try await trouble()
        } catch {
            return
        }
        guard readiness.report(part, trouble: found) else { return }
        if let found { logger.error("\(part): \(found)") } else { logger.info("\(part): well again") }
    }
}
