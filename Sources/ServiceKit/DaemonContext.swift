import Logging

/// What the configurations of all daemons have.
public protocol DaemonConfiguration: ValidatedConfiguration, Sendable {
    var logLevel: Logger.Level { get }
}

/// What a daemon gets from the process it runs in.
public struct DaemonContext<Configuration: DaemonConfiguration>: Sendable {
    /// Wants to know the daemon's work loops.
    public let watchdog = Watchdog()
    /// Wants to know what a running daemon can take from a changed configuration.
    public let reload = ConfigurationReload<Configuration>()

    public init() {}
}
