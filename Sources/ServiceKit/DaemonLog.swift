import Foundation
import Logging
import Synchronization

/// Where a daemon's log goes: to the journal where standard error is the journal, else to standard error in lines.
enum DaemonLog {
    private static let currentLevel = Mutex(Logger.Level.info)

    /// The level of all loggers of the process; may be changed at any time.
    static var level: Logger.Level {
        get { currentLevel.withLock { $0 } }
        set { currentLevel.withLock { $0 = newValue } }
    }

    /// Sends all logs of the process there. Once per process.
    static func bootstrap() {
        let isJournal = JournalLogHandler.isStandardErrorTheJournal(ProcessInfo.processInfo.environment)
        LoggingSystem.bootstrap { label in
            SharedLevelHandler(
                sink: isJournal ? JournalLogHandler(label: label) : StreamLogHandler.standardError(label: label)
            )
        }
    }
}

/// Passes on what the process's level lets through.
private struct SharedLevelHandler: LogHandler {
    var sink: any LogHandler
    /// Set by who wants another level for one logger.
    private var ownLevel: Logger.Level?

    init(sink: any LogHandler) {
        self.sink = sink
    }

    var logLevel: Logger.Level {
        get { ownLevel ?? DaemonLog.level }
        set { ownLevel = newValue }
    }

    var metadata: Logger.Metadata {
        get { sink.metadata }
        set { sink.metadata = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { sink[metadataKey: key] }
        set { sink[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        sink.log(event: event)
    }
}
