/// Why a daemon did not do what it was asked.
package struct ControlClientError: Error, Equatable, CustomStringConvertible {
    /// What kind of trouble it is.
    package enum Cause: Equatable, Sendable {
        /// Nobody answers on the socket, or the connection broke off.
        case noDaemon
        /// More callers wait than the socket holds.
        case busy
        /// The daemon answered with an error of this HTTP status.
        case refused(status: UInt)
        /// The answer is none of this version's control API.
        case notUnderstood
    }

    /// What kind of trouble it is.
    package let cause: Cause
    /// For people: the cause and the next step.
    package let description: String

    init(_ cause: Cause, _ description: String) {
        (self.cause, self.description) = (cause, description)
    }
}
