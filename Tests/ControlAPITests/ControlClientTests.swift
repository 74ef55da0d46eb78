import Foundation
import TestSupport
import Testing

@testable import ControlAPI

/// The client before a daemon that has more callers than its socket holds.
struct ControlClientTests {
    let directory: TemporaryDirectory
    let path: String
    let listener: Int32

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/full.sock"
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let socketPath = path
        try #require(withUnixAddress(socketPath) { bind(listener, $0, $1) } == 0)
        try #require(listen(listener, 1) == 0)
    }

    /// Callers until the listener's queue takes no more.
    private func fill() throws -> [Int32] {
        var callers: [Int32] = []
        while callers.count < 100 {
            let caller = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            callers.append(caller)
            if withUnixAddress(path, { connect(caller, $0, $1) }) != 0 {
                #expect(errno == EAGAIN)
                return callers
            }
        }
        Issue.record("the queue of callers never filled")
        return callers
    }

    private static func refusal(_ client: ControlClient) async throws -> ControlClientError? {
        do {
            _ = try await client.bytes(.GET, "/v1/status")
            return nil
        } catch let failure as ControlClientError {
            return failure
        }
    }

    @Test func waitsForItsTurn() async throws {
        let callers = try fill()
        defer { for caller in callers + [listener] { close(caller) } }
        let client = ControlClient(socket: path)
        async let answer = Self.refusal(client)
        try await Task.sleep(for: .milliseconds(100))
        // All but the last of the callers got into the queue; the client comes after them.
        for turn in 0..<callers.count {
            let caller = accept(listener, nil, nil)
            defer { close(caller) }
            guard turn == callers.count - 1 else { continue }
            var request = [UInt8](repeating: 0, count: 4096)
            #expect(recv(caller, &request, request.count, 0) > 0)
            let refusing = Array("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".utf8)
            #expect(send(caller, refusing, refusing.count, Int32(MSG_NOSIGNAL)) == refusing.count)
        }
        let failure = try #require(await answer)
        #expect(failure.description.contains("answered HTTP 404"))
    }

    @Test func doesNotWaitForEver() async throws {
        let callers = try fill()
        defer { for caller in callers + [listener] { close(caller) } }
        let client = ControlClient(socket: path, patience: .milliseconds(50))
        let failure = try #require(await Self.refusal(client))
        #expect(failure.cause == .busy)
        #expect(failure.description.contains("too many callers"))
    }
}
