import ControlAPI
import Metrics
import Synchronization

/// What a daemon's UDP sockets dropped, read at each scrape and whenever it is asked for.
package final class SocketMetrics: Sendable {
    private struct State {
        var open: [ObjectIdentifier: DatagramSocket] = [:]
        /// Of sockets that were closed.
        var closed = DatagramDrops()
        var published: [String: Int] = [:]
    }

    private let state = Mutex(State())
    private let counters: [String: Counter]

    /// - Parameter prefix: of the metric's name: `PREFIX_datagrams_dropped_total`.
    package init(prefix: String, registry: PrometheusRegistry = .shared) {
        let label = "\(prefix)_datagrams_dropped_total"
        registry.describe(label, "Datagrams that a UDP socket did not take in or send, by cause.")
        counters = Dictionary(
            uniqueKeysWithValues: DatagramDrops().byCause.map { cause in
                (cause.name, Counter(label: label, dimensions: [("cause", cause.name)], factory: registry))
            }
        )
        registry.collect { [weak self] in self?.publish() }
    }

    /// Counts what a socket drops from now on.
    package func watch(_ socket: DatagramSocket) {
        state.withLock { $0.open[ObjectIdentifier(socket)] = socket }
    }

    /// Forgets a socket that was closed, not what it dropped.
    package func retire(_ socket: DatagramSocket) {
        state.withLock { state in
            guard state.open.removeValue(forKey: ObjectIdentifier(socket)) != nil else { return }
            state.closed = state.closed + socket.drops
        }
    }

    /// What was dropped so far.
    package var drops: DatagramDrops {
        state.withLock { state in state.open.values.reduce(state.closed) { $0 + $1.drops } }
    }

    private func publish() {
        state.withLock { state in
            let drops = state.open.values.reduce(state.closed) { $0 + $1.drops }
            for (name, count) in drops.byCause where count > state.published[name, default: 0] {
                counters[name]?.increment(by: count - state.published[name, default: 0])
                state.published[name] = count
            }
        }
    }
}

extension DatagramSocket {
    /// What this socket dropped so far.
    var drops: DatagramDrops {
        var drops = DatagramDrops()
        (drops.overrun, drops.overflowed, drops.oversized, drops.unsent) = (dropped, overflowed, oversized, unsent)
        return drops
    }
}
