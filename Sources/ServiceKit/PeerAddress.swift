import Foundation
import NIOCore
import Synchronization

/// Where a peer's packets go: the address of an endpoint, followed while it is written as a name.
///
/// Names are looked up on a thread of their own, again and again: whoever sends never waits for a resolver. What was
/// found last stays good while the resolver does not answer.
package final class PeerAddress: Sendable {
    /// How often a name is looked up.
    struct Schedule: Sendable {
        /// After an answer.
        var refresh = Duration.seconds(30)
        /// After the first failure; doubles from there …
        var firstRetry = Duration.milliseconds(500)
        /// … up to this.
        var longestRetry = Duration.seconds(30)
    }

    typealias LookUp = @Sendable (Endpoint, Endpoint.Family) throws(EndpointError) -> [SocketAddress]

    private let endpoint: Endpoint
    private let lookUps: LookUps

    /// - Parameter local: where the socket is bound that will send; nil when one of the right kind is opened later.
    package convenience init(_ endpoint: Endpoint, from local: SocketAddress? = nil) {
        self.init(endpoint, from: local, schedule: Schedule()) { (endpoint, family) throws(EndpointError) in
            try endpoint.lookUp(family: family)
        }
    }

    init(
        _ endpoint: Endpoint,
        from local: SocketAddress?,
        schedule: Schedule,
        lookUp: @escaping LookUp
    ) {
        self.endpoint = endpoint
        let family = local.map(Endpoint.Family.init(of:)) ?? .any
        lookUps = LookUps {
            () throws(EndpointError) in try Endpoint.first(of: lookUp(endpoint, family), for: endpoint)
        }
        if endpoint.literal != nil { lookUps.ask() } else { lookUps.start(schedule) }
    }

    deinit { lookUps.stop() }

    /// The address, or why there is none yet.
    ///
    /// - Throws: `EndpointError`.
    package func current() throws(EndpointError) -> SocketAddress {
        let state = lookUps.state.withLock { $0 }
        if let address = state.address { return address }
        throw state.failure ?? EndpointError("\(endpoint.host) is still being looked up")
    }

    private final class LookUps: Sendable {
        struct State {
            var address: SocketAddress?
            var failure: EndpointError?
        }

        let state = Mutex(State())
        private let lookUp: @Sendable () throws(EndpointError) -> SocketAddress
        private let stopped = DispatchSemaphore(value: 0)

        init(_ lookUp: @escaping @Sendable () throws(EndpointError) -> SocketAddress) {
            self.lookUp = lookUp
        }

        /// Looks up once and keeps what was found.
        @discardableResult
        func ask() -> Bool {
            do {
                let address = try lookUp()
                state.withLock { $0 = State(address: address) }
                return true
            } catch {
                state.withLock { $0.failure = error }
                return false
            }
        }

        /// Looks up until stopped. A thread that hangs in the resolver then ends by itself later.
        func start(_ schedule: Schedule) {
            let thread = Thread { [self] in
                var retry = schedule.firstRetry
                var pause = Duration.zero
                while stopped.wait(timeout: .now() + pause / .seconds(1)) == .timedOut {
                    if ask() {
                        (pause, retry) = (schedule.refresh, schedule.firstRetry)
                    } else {
                        (pause, retry) = (retry, min(retry * 2, schedule.longestRetry))
                    }
                }
            }
            thread.name = "resolver"
            thread.start()
        }

        func stop() {
            stopped.signal()
        }
    }
}
