import Foundation
import Hummingbird

/// An error of the control API, in JSON: `{"error": {"code": "no_face", "message": "…"}}`.
public struct ControlError: Error, Codable, Equatable, CustomStringConvertible {
    /// For programs: a word that stays, such as `no_face`.
    public let code: String
    /// For people: the cause and the next step.
    public let message: String
    /// HTTP status; not part of the JSON.
    public var status = HTTPResponse.Status.internalServerError

    public init(status: HTTPResponse.Status, code: String, message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    public var description: String { message }

    private enum CodingKeys: String, CodingKey { case code, message }

    /// The JSON's outermost object.
    public struct Envelope: Codable, Sendable {
        public let error: ControlError
    }
}

extension ControlError: HTTPResponseError {
    public func response(from request: Request, context: some RequestContext) throws -> Response {
        var response = try ControlJSON.response(Envelope(error: self), status: status)
        // Too many requests, stopping, no room on the disk: the same may be taken later.
        if [429, 503, 507].contains(status.code) { response.headers[.retryAfter] = "5" }
        // What is left of a body that was not waited for is no request.
        if [408, 413].contains(status.code) { response.headers[.connection] = "close" }
        return response
    }
}
