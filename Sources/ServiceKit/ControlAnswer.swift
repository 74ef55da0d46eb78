import Basics
import ControlAPI
import HTTPTypes
import Hummingbird

extension Response {
    /// An HTTP answer with a file in it.
    ///
    /// - Parameter type: its media type.
    package static func file(_ bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(status: status, headers: [.contentType: type], body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// An HTTP answer with JSON in it.
    package static func json(
        _ value: some Encodable,
        status: HTTPResponse.Status = .ok
    ) throws -> Response {
        file(try DatedJSON.encode(value), type: "application/json", status: status)
    }
}

extension ControlError: HTTPResponseError {
    package func response(from request: Request, context: some RequestContext) throws -> Response {
        var response = try Response.json(ControlError.Envelope(error: self), status: status)
        // Too many requests, stopping, no room on the disk: the same may be taken later.
        if [429, 503, 507].contains(status.code) { response.headers[.retryAfter] = "5" }
        // What is left of a body that was not waited for is no request.
        if [408, 413].contains(status.code) { response.headers[.connection] = "close" }
        return response
    }
}
