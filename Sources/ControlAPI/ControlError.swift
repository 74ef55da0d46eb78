import HTTPTypes

/// An error of the control API, in JSON: `{"error": {"code": "no_face", "message": "…"}}`.
package struct ControlError: Error, Codable, Equatable, CustomStringConvertible {
    /// For programs: a word that stays, such as `no_face`.
    package let code: String
    /// For people: the cause and the next step.
    package let message: String
    /// HTTP status; not part of the JSON.
    package var status = HTTPResponse.Status.internalServerError

    package init(status: HTTPResponse.Status, code: String, message: String) {
        self.status = status
        self.code = code
        self.message = message
    }

    package var description: String { message }

    private enum CodingKeys: String, CodingKey { case code, message }

    /// The JSON's outermost object.
    package struct Envelope: Codable, Sendable {
        package let error: ControlError

        package init(error: ControlError) {
            self.error = error
        }
    }
}
