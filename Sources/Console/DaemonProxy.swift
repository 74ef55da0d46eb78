import ControlAPI
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import ServiceKit
import ServiceLifecycle

/// Passes requests for `/api/NAME/…` on to a daemon's socket, and its answers back, as they come.
struct DaemonProxy: Sendable {
    let name: String
    let client: ControlClient
    let methods: [HTTPRequest.Method]
    /// Most bytes of a body.
    let bodyBytes: Int

    init(_ name: String, _ client: ControlClient, methods: [HTTPRequest.Method], bodyBytes: Int = 65_536) {
        (self.name, self.client, self.methods, self.bodyBytes) = (name, client, methods, bodyBytes)
    }

    /// - Throws: `ControlError` for a path that no daemon has, a body that is too large, and when the daemon does not answer.
    func pass(_ request: Request) async throws -> Response {
        let path = request.uri.path.dropFirst("/api/\(name)".count)
        // What a daemon's routes are made of: nothing that another program could read differently.
        guard path.hasPrefix("/v1/"), !path.contains(".."), path.utf8.allSatisfy(Self.isPlain) else {
            throw ControlError(status: .notFound, code: "no_route", message: "\(client.daemon) has no \(path)")
        }
        var headers = HTTPHeaders()
        for (field, name) in Self.passed {
            if let value = request.headers[field] { headers.add(name: name, value: value) }
        }
        let limited = LimitedBody(body: request.body, most: bodyBytes)
        if let length = request.headers[.contentLength].flatMap({ Int($0) }) {
            guard length <= bodyBytes else { throw limited.excess }
            headers.add(name: "Content-Length", value: "\(length)")
        } else if request.headers[.transferEncoding] != nil {
            headers.add(name: "Transfer-Encoding", value: "chunked")
        } else if request.method != .get {
            headers.add(name: "Content-Length", value: "0")
        }
        let answer: ControlClient.Answer
        do {
            answer = try await client.forward(
                HTTPMethod(rawValue: request.method.rawValue),
                path + (request.uri.query.map { "?\($0)" } ?? ""),
                headers: headers,
                body: limited
            )
        } catch let error as ControlClientError {
            throw ControlError(
                status: error.cause == .busy ? .serviceUnavailable : .badGateway,
                code: "no_daemon",
                message: "\(client.daemon) does not answer on \(client.socket): is it running?"
            )
        }
        var fields = HTTPFields()
        for (field, name) in Self.answered {
            if let value = answer.head.headers.first(name: name) { fields[field] = value }
        }
        return Response(
            status: HTTPResponse.Status(code: Int(answer.head.status.code)),
            headers: fields,
            body: ResponseBody { writer in
                for try await piece in answer.body.cancelOnGracefulShutdown() { try await writer.write(piece) }
                try await writer.finish(nil)
            }
        )
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "/-_.".utf8.contains(byte)
        }
    }

    private static let passed: [(HTTPField.Name, String)] =
        [(.contentType, "Content-Type"), (.accept, "Accept")]
        + (HTTPField.Name("Idempotency-Key").map { [($0, "Idempotency-Key")] } ?? [])
    private static let answered: [(HTTPField.Name, String)] = [
        (.contentType, "Content-Type"), (.cacheControl, "Cache-Control"), (.retryAfter, "Retry-After"),
    ]
}

/// A body that is refused when it gets too long.
private struct LimitedBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    let body: RequestBody
    let most: Int

    var excess: ControlError {
        ControlError(status: .contentTooLarge, code: "too_large", message: "this is larger than \(most) bytes")
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        var pieces: RequestBody.AsyncIterator
        let limit: LimitedBody
        var count = 0

        mutating func next() async throws -> ByteBuffer? {
            guard let piece = try await pieces.next() else { return nil }
            count += piece.readableBytes
            guard count <= limit.most else { throw limit.excess }
            return piece
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pieces: body.makeAsyncIterator(), limit: self) }
}
