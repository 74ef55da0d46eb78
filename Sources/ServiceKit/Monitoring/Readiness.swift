import Synchronization

/// Whether a daemon can do its work now, and if not, why. Safe from any thread.
package final class Readiness: Sendable {
    private let troubles: Mutex<[String: String]>

    /// - Parameter starting: what must be reported well before the daemon counts as ready.
    package init(starting: [String] = []) {
        troubles = Mutex(Dictionary(uniqueKeysWithValues: starting.map { ($0, "starting") }))
    }

    /// Reports on one part of the daemon; nil says that it is well.
    ///
    /// - Returns: whether that is news.
    @discardableResult
    package func report(_ part: String, trouble: String?) -> Bool {
        troubles.withLock { troubles in
            defer { troubles[part] = trouble }
            return troubles[part] != trouble
        }
    }

    /// One line for each part that is not well, sorted.
    package var complaints: [String] {
        troubles.withLock { $0.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" } }
    }
}
