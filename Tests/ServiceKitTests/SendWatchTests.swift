import Logging
import Synchronization
import Testing

@testable import ServiceKit

struct SendWatchTests {
    private struct Trouble: Error, CustomStringConvertible {
        let description: String
    }

    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    /// Keeps what was logged.
    private struct Keeper: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.all.withLock { $0.append("\(event.message)") }
        }
    }

    @Test func logsACauseOnceAMinuteAndShowsTheTroubleUntilSomethingGoesOut() {
        let lines = Lines()
        let readiness = Readiness()
        var watch = SendWatch("link", readiness: readiness, logger: Logger(label: "test") { _ in Keeper(lines: lines) })
        let start = ContinuousClock.now
        for second in 0..<59 {
            watch.failed(Trouble(description: "no route"), at: start + .seconds(second))
            watch.failed(Trouble(description: "not permitted"), at: start + .seconds(second))
        }
        #expect(lines.all.withLock { $0 } == ["no route", "not permitted"])
        #expect(readiness.complaints == ["link: not permitted"])
        watch.failed(Trouble(description: "no route"), at: start + .seconds(60))
        #expect(lines.all.withLock { $0 }.count == 3)
        watch.isWell()
        #expect(readiness.complaints.isEmpty)
        for number in 0..<1000 { watch.failed(Trouble(description: "\(number)"), at: start + .seconds(61)) }
        #expect(lines.all.withLock { $0 }.count < 100)
    }
}
