import Basics
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// HTTP over a daemon's unix socket; a connection for each request.
package struct ControlClient: Sendable {
    /// Path of the unix socket.
    package let socket: String
    /// The daemon that should answer there, for messages.
    package let daemon: String
    private let patience: Duration

    /// - Parameters:
    ///   - socket: path of the daemon's unix socket.
    ///   - daemon: its name, for messages.
    ///   - patience: how long it may have more callers waiting than its socket holds.
    package init(socket: String, daemon: String = "tx-daemon", patience: Duration = .seconds(5)) {
        (self.socket, self.daemon, self.patience) = (socket, daemon, patience)
    }

    /// Asks and decodes the answer.
    ///
    /// - Throws: `ControlClientError`.
    package func ask<Answer: Decodable>(
        _ method: HTTPMethod = .GET,
        _ path: String,
        body: [UInt8] = [],
        headers: [String: String] = [:],
        as type: Answer.Type = Answer.self
    ) async throws -> Answer {
        let answer = try await bytes(method, path, body: body, headers: headers)
        do {
            return try DatedJSON.decode(type, from: answer)
        } catch {
            throw ControlClientError(
                .notUnderstood,
                "what \(daemon) on \(socket) answered is not understood: is it of another version than txctl?"
            )
        }
    }

    /// Asks and returns the answer's bytes.
    ///
    /// - Throws: `ControlClientError`.
    package func bytes(
        _ method: HTTPMethod = .GET,
        _ path: String,
        body: [UInt8] = [],
        headers: [String: String] = [:]
    ) async throws -> [UInt8] {
        var answer: [UInt8] = []
        try await exchange(method, path, body: body, headers: headers) { answer.append(contentsOf: $0) }
        return answer
    }

    /// Asks and hands on the answer's bytes as they come.
    ///
    /// - Throws: `ControlClientError`.
    package func pieces(_ method: HTTPMethod, _ path: String, _ body: ([UInt8]) throws -> Void) async throws {
        try await exchange(method, path, receive: body)
    }

    /// Hands each update of a transfer to `body`, until it is over or the daemon goes away.
    ///
    /// - Throws: `ControlClientError`.
    package func watch(_ id: String, _ body: (TransferUpdate) -> Void) async throws {
        var line: [UInt8] = []
        try await exchange(.GET, "/v1/transfers/\(id)/events") { bytes in
            for byte in bytes {
                guard byte == UInt8(ascii: "\n") else {
                    line.append(byte)
                    continue
                }
                if line.starts(with: "data: ".utf8) {
                    body(try DatedJSON.decode(TransferUpdate.self, from: line.dropFirst(6)))
                }
                line.removeAll()
            }
        }
    }

    /// One request; `receive` gets the answer's body as it comes.
    ///
    /// - Throws: `ControlClientError` when nobody answers or the answer is an error.
    private func exchange(
        _ method: HTTPMethod,
        _ path: String,
        body: [UInt8] = [],
        headers: [String: String] = [:],
        receive: ([UInt8]) throws -> Void
    ) async throws {
        let connection = try await connect()
        do {
            try await exchange(over: connection, method, path, body: body, headers: headers, receive: receive)
        } catch let error where error is IOError || error is ChannelError || error is HTTPParserError {
            // Whoever stopped asking wants no complaint.
            try Task.checkCancellation()
            let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) }
            throw ControlClientError(
                .noDaemon,
                "the connection to \(daemon) on \(socket) broke off" + (reason.map { ": \($0)" } ?? "")
            )
        }
    }

    private func exchange(
        over connection: NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>,
        _ method: HTTPMethod,
        _ path: String,
        body: [UInt8],
        headers: [String: String],
        receive: ([UInt8]) throws -> Void
    ) async throws {
        try await connection.executeThenClose { inbound, outbound in
            var head = HTTPRequestHead(
                version: .http1_1,
                method: method,
                uri: path,
                headers: ["Host": "localhost", "Connection": "close", "Content-Length": "\(body.count)"]
            )
            for (name, value) in headers { head.headers.add(name: name, value: value) }
            // A daemon that refuses a large photo may close before it has read it all; its answer still counts.
            do {
                try await outbound.write(.head(head))
                if !body.isEmpty { try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: body)))) }
                try await outbound.write(.end(nil))
            } catch is ChannelError {}
            var status: UInt?
            var complaint: [UInt8] = []
            read: for try await part in inbound {
                switch part {
                case .head(let head): status = head.status.code
                case .body(let buffer) where status == 200 || status == 201: try receive(Array(buffer: buffer))
                case .body(let buffer): complaint += Array(buffer: buffer)
                case .end: break read
                }
            }
            guard let status else {
                throw ControlClientError(.noDaemon, "the daemon on \(socket) closed without an answer")
            }
            guard status == 200 || status == 201 else {
                guard let envelope = try? DatedJSON.decode(ControlError.Envelope.self, from: complaint) else {
                    throw ControlClientError(.notUnderstood, "the daemon on \(socket) answered HTTP \(status)")
                }
                throw ControlClientError(.refused(status: status), envelope.error.message)
            }
        }
    }

    func connect() async throws -> NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart> {
        let deadline = ContinuousClock.now + patience
        while true {
            do {
                return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connect(unixDomainSocketPath: socket) { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHTTPClientHandlers()
                            return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                        }
                    }
            } catch let error as IOError where error.errnoCode == EAGAIN {
                // What a unix socket says when its queue of callers is full.
                guard ContinuousClock.now < deadline else {
                    throw ControlClientError(
                        .busy,
                        "\(daemon) on \(socket) has too many callers at once: try again later"
                    )
                }
                try await Task.sleep(for: .milliseconds(20))
            } catch {
                let reason = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
                throw ControlClientError(
                    .noDaemon,
                    """
                    no \(daemon) answers on \(socket): \(reason). Start it with \
                    `\(daemon) --config Config/\(daemon).toml`, or name its socket with --socket
                    """
                )
            }
        }
    }
}
