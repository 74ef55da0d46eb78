import HTTPTypes

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
