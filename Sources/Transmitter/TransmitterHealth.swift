import ControlAPI
import Foundation
import ServiceKit

/// How tx-daemon is doing, for `GET /v1/status`.
struct TransmitterHealth: Sendable {
    let sockets: SocketMetrics
    let readiness: Readiness
    private let started = Date()

    init(sockets: SocketMetrics, readiness: Readiness) {
        (self.sockets, self.readiness) = (sockets, readiness)
    }

    func status(of queue: TransferQueue) async -> TransmitterStatus {
        let (states, bytes) = await queue.count()
        return TransmitterStatus(
            pid: getpid(),
            started: started,
            jobs: Dictionary(uniqueKeysWithValues: states.map { ($0.key.rawValue, $0.value) }),
            spoolBytes: bytes,
            dropped: sockets.drops,
            troubles: readiness.complaints
        )
    }
}
