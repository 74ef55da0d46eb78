import Basics
import ControlAPI
import HTTPTypes
import Hummingbird

extension Response {
    /// An HTTP answer with JSON in it.
    package static func json(
        _ value: some Encodable,
        status: HTTPResponse.Status = .ok
    ) throws -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: try DatedJSON.encode(value)))
        )
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
