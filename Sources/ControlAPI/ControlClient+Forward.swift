import NIOCore
import NIOHTTP1

extension ControlClient {
    /// An answer as the daemon gave it, an error or not. The connection ends with it.
    package struct Answer: Sendable {
        package let head: HTTPResponseHead
        fileprivate let parts: AsyncThrowingStream<HTTPClientResponsePart, any Error>

        /// As it comes; to be read once.
        package var body: some AsyncSequence<ByteBuffer, any Error> & Sendable {
            parts.compactMap { part in if case .body(let piece) = part { piece } else { nil } }
        }
    }

    /// Passes a request on, its body piece by piece, and hands back what the daemon answers, whatever that is.
    ///
    /// - Parameter headers: those that matter; the client adds its own.
    /// - Throws: `ControlClientError` when nobody answers.
    package func forward(
        _ method: HTTPMethod,
        _ path: String,
        headers: HTTPHeaders,
        body: some AsyncSequence<ByteBuffer, any Error> & Sendable
    ) async throws -> Answer {
        let connection = try await connect()
        let (parts, arriving) = AsyncThrowingStream.makeStream(of: HTTPClientResponsePart.self)
        let exchange = Task {
            do {
                try await connection.executeThenClose { inbound, outbound in
                    var head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)
                    head.headers.replaceOrAdd(name: "Host", value: "localhost")
                    head.headers.replaceOrAdd(name: "Connection", value: "close")
                    // A daemon that refuses a large photo may close before it has read it all; its answer still counts.
                    do {
                        try await outbound.write(.head(head))
                        for try await piece in body { try await outbound.write(.body(.byteBuffer(piece))) }
                        try await outbound.write(.end(nil))
                    } catch is ChannelError {}
                    for try await part in inbound {
                        arriving.yield(part)
                        if case .end = part { break }
                    }
                }
                arriving.finish()
            } catch {
                arriving.finish(throwing: error)
            }
        }
        arriving.onTermination = { _ in exchange.cancel() }
        guard case .head(let head)? = try await parts.first(where: { _ in true }) else {
            throw ControlClientError(.noDaemon, "the daemon on \(socket) closed without an answer")
        }
        return Answer(head: head, parts: parts)
    }
}
