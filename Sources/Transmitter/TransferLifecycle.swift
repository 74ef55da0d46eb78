import ControlAPI
import Foundation
import ServiceKit

/// What happens to a transfer.
package enum TransferEvent: Equatable, Sendable {
    /// Work on a stage begins, or begins again after a restart.
    case began(TransferState)
    case acknowledged(TransferRecord.Reception)
    case failed(TransferRecord.Failure)
    case cancelled
    case expired
}

/// An event that cannot happen in the state a transfer is in.
package struct LifecycleError: Error, Equatable, CustomStringConvertible {
    package let state: TransferState
    package let event: TransferEvent

    package var description: String { "a transfer that is \(state.rawValue) cannot take \(event)" }
}

/// The state machine of a transfer.
///
/// ```
/// queued ─▶ aligning ─▶ inverting ─▶ editing ─▶ sending ─▶ acknowledged
///    └───────────┴───────────┴──────────┴──────────┴─────▶ failed | cancelled | expired
/// ```
/// A stage may begin again (a restart), none is skipped, and a final state stays.
extension TransferRecord {
    /// Takes the event at time `now`, or throws and changes nothing.
    package mutating func apply(_ event: TransferEvent, at now: Date) throws(LifecycleError) {
        guard !state.isFinal else { throw LifecycleError(state: state, event: event) }
        switch event {
        case .began(let stage):
            guard stage == state || stage == state.next else { throw LifecycleError(state: state, event: event) }
            state = stage
        case .acknowledged(let reception):
            guard state == .sending else { throw LifecycleError(state: state, event: event) }
            state = .acknowledged
            self.reception = reception
            trouble = nil
        case .failed(let failure):
            state = .failed
            self.failure = failure
        case .cancelled:
            state = .cancelled
        case .expired:
            guard state == .sending else { throw LifecycleError(state: state, event: event) }
            state = .expired
        }
        updated = now
    }

    /// The daemon crashed while it worked on this transfer. It gets another try, and is then left so that others go on.
    mutating func crashed(at now: Date) throws(LifecycleError) {
        let count = (crashes ?? 0) + 1
        if count >= WorkAtCrash.mostCrashes {
            let message = """
                the daemon crashed \(count) times while it was \(state.rawValue) this, for want of memory or by a fault of \
                its own (see its log): the transfer is left so that others go on
                """
            try apply(.failed(.init(code: "crashed", message: message)), at: now)
        }
        crashes = count
    }
}

extension TransferState {
    /// The stage after this one, nil where none follows by itself.
    var next: TransferState? {
        switch self {
        case .queued: .aligning
        case .aligning: .inverting
        case .inverting: .editing
        case .editing: .sending
        case .sending, .acknowledged, .failed, .cancelled, .expired: nil
        }
    }
}
