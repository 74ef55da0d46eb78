import Logging

/// What the configurations of all daemons have.
package protocol DaemonConfiguration: ValidatedConfiguration, Sendable {
    var logLevel: Logger.Level { get }
}

/// What a daemon gets from the process it runs in.
package struct DaemonContext<Configuration: DaemonConfiguration>: Sendable {
    /// Wants to know the daemon's work loops.
    package let watchdog = Watchdog()
    /// Wants to know what a running daemon can take from a changed configuration.
    package let reload = ConfigurationReload<Configuration>()

    package init() {}
}
