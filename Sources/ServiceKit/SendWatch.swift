import Logging

/// What becomes of a socket's sendings: a failure is logged at most once a minute per cause, and `/readyz` shows the
/// trouble until something goes out again.
package struct SendWatch: Sendable {
    /// Causes told apart; beyond these a further one waits its minute out with the others.
    private static let mostCauses = 64
    private static let pause = Duration.seconds(60)

    private let readiness: Readiness
    private let part: String
    private let logger: Logger
    private var logged: [String: ContinuousClock.Instant] = [:]

    /// - Parameter part: what `/readyz` calls it.
    package init(_ part: String, readiness: Readiness, logger: Logger) {
        self.part = part
        self.readiness = readiness
        self.logger = logger
    }

    /// Something could not be sent.
    package mutating func failed(_ error: any Error, at now: ContinuousClock.Instant = .now) {
        let cause = "\(error)"
        readiness.report(part, trouble: cause)
        logged = logged.filter { now - $0.value < Self.pause }
        guard logged[cause] == nil, logged.count < Self.mostCauses else { return }
        logged[cause] = now
        logger.error("\(cause)")
    }

    /// Something went out, or nothing waits any more.
    package func isWell() {
        if readiness.report(part, trouble: nil) { logger.info("\(part): packets go out again") }
    }
}
