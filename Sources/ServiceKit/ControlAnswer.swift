import ControlAPI
import HTTPTypes
import Hummingbird

extension ControlJSON {
    /// An HTTP answer with JSON in it.
    package static func response(
        _ value: some Encodable,
        status: HTTPResponse.Status = .ok
    ) throws -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: try encode(value)))
        )
    }
}

extension ControlError: HTTPResponseError {
    package func response(from request: Request, context: some RequestContext) throws -> Response {
        var response = try ControlJSON.response(ControlError.Envelope(error: self), status: status)
        // Too many requests, stopping, no room on the disk: the same may be taken later.
        if [429, 503, 507].contains(status.code) { response.headers[.retryAfter] = "5" }
        // What is left of a body that was not waited for is no request.
        if [408, 413].contains(status.code) { response.headers[.connection] = "close" }
        return response
    }
}
