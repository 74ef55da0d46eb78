import ControlAPI
import ServiceKit
import Synchronization

/// Hands the progress of transfers to whoever watches. Safe from any thread; never blocks the one that tells.
final class UpdateFeed: Sendable {
    private struct Watched {
        var latest: TransferUpdate?
        var watchers: [Int: AsyncStream<TransferUpdate>.Continuation] = [:]
    }

    private struct State {
        var transfers: [String: Watched] = [:]
        var count = 0
    }

    private let state = Mutex(State())

    /// Tells the watchers of `update.id`, and ends their sequences when the state is final.
    ///
    /// They are told outside the lock: ending a sequence calls back into this feed.
    func publish(_ update: TransferUpdate) {
        let watchers = state.withLock { state in
            let watchers = state.transfers[update.id]?.watchers.values.map { $0 } ?? []
            if update.state.isFinal {
                state.transfers[update.id] = nil
            } else {
                state.transfers[update.id, default: Watched()].latest = update
            }
            return watchers
        }
        for watcher in watchers {
            watcher.yield(update)
            if update.state.isFinal { watcher.finish() }
        }
    }

    /// What happens to a transfer that is not over, beginning with what was last heard of it.
    func watch(_ id: String) -> AsyncStream<TransferUpdate> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: TransferUpdate.self,
            bufferingPolicy: .bufferingNewest(16)
        )
        let number = state.withLock { state in
            state.count += 1
            if let latest = state.transfers[id]?.latest { continuation.yield(latest) }
            state.transfers[id, default: Watched()].watchers[state.count] = continuation
            return state.count
        }
        continuation.onTermination = { [self] _ in
            state.withLock { _ = $0.transfers[id]?.watchers.removeValue(forKey: number) }
        }
        return stream
    }
}
