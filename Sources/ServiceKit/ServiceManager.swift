import CSystemd
import Foundation
import Synchronization

/// What a daemon tells systemd through the notify socket (sd_notify(3)). Where there is none, nothing happens.
package enum ServiceManager {
    private static let hasBeenReady = Atomic(false)

    /// The daemon works.
    package static func ready(status: String) {
        hasBeenReady.store(true, ordering: .sequentiallyConsistent)
        notify(["READY=1", "STATUS=\(status)"])
    }

    /// One line for `systemctl status`.
    package static func status(_ text: String) {
        notify(["STATUS=\(text)"])
    }

    /// Start-up is at work that may take this long, whatever `TimeoutStartSec` says.
    package static func starting(_ status: String, atMost duration: Duration) {
        notify(["STATUS=\(status)", "EXTEND_TIMEOUT_USEC=\(duration.microseconds)"])
    }

    /// The configuration is being read again; `reloaded` must follow. A daemon that still starts says neither, or it
    /// would be taken for ready.
    static func reloading() {
        guard hasBeenReady.load(ordering: .sequentiallyConsistent) else { return }
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        notify(["RELOADING=1", "MONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1000)"])
    }

    static func reloaded(status: String) {
        guard hasBeenReady.load(ordering: .sequentiallyConsistent) else { return }
        ready(status: status)
    }

    static func stopping() {
        notify(["STOPPING=1", "STATUS=stopping"])
    }

    static func watchdogIsFed() {
        notify(["WATCHDOG=1"])
    }

    /// How often the watchdog wants to be fed at the least; nil when the unit has no `WatchdogSec`.
    static var watchdogInterval: Duration? {
        var microseconds: UInt64 = 0
        return sd_watchdog_enabled(0, &microseconds) > 0 ? .microseconds(Int64(clamping: microseconds)) : nil
    }

    /// A line break would begin another assignment.
    private static func notify(_ assignments: [String]) {
        _ = sd_notify(0, assignments.map { $0.replacing("\n", with: " ") }.joined(separator: "\n"))
    }
}

extension Duration {
    /// In microseconds, rounded down.
    fileprivate var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
