import Basics
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import TestSupport
import Testing

@testable import ServiceKit

/// What clients say by hand to a control socket, and what they get.
@Suite(.timeLimit(.minutes(2))) struct HTTPMannersTests {
    let directory: TemporaryDirectory
    let path: String
    let readiness = Readiness()

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/control.sock"
    }

    /// Talks to a server, on a thread that may wait.
    private func talk<Result: Sendable>(
        limits: HTTPListener.Limits = .init(),
        _ body: @escaping @Sendable (_ path: String) throws -> Result
    ) async throws -> Result {
        let ready = AsyncStream.makeStream(of: Void.self)
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.add(middleware: NoQuery())
        router.get("here") { _, _ in "yes" }
        router.get("much") { _, _ in
            Response(status: .ok, body: .init(byteBuffer: ByteBuffer(repeating: UInt8(ascii: "m"), count: 2 << 20)))
        }
        router.post("echo") { request, _ in
            let bytes = try await request.body.collect(upTo: 1 << 20)
            return Response(status: .ok, body: .init(byteBuffer: bytes))
        }
        router.get("stream") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "a"))
                    try await writer.write(ByteBuffer(string: "b"))
                    try await writer.finish(nil)
                }
            )
        }
        let server = ControlServer(
            path: path,
            router: router,
            limits: limits,
            readiness: readiness,
            logger: Logger(label: "test"),
            passed: { nil }
        ) { ready.continuation.yield() }
        let group = ServiceGroup(services: [server], logger: Logger(label: "test"))
        let running = Task {
            defer { ready.continuation.finish() }
            try await group.run()
        }
        for await _ in ready.stream { break }
        let result = try await NIOThreadPool.singleton.runIfActive { [path] in try body(path) }
        await group.triggerGracefulShutdown()
        try await running.value
        return result
    }

    private static func answer(_ path: String, to request: String) throws -> String {
        let client = try #require(UnixClient(path))
        client.send(request)
        return client.read()
    }

    /// A reader that is slow to begin gets all of a long answer before the connection ends.
    @Test func aSlowReaderGetsTheWholeAnswer() async throws {
        let answer = try await talk { path in
            let client = try #require(UnixClient(path))
            client.send("GET /much HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            sleep(4)
            return client.read()
        }
        #expect(answer.hasPrefix("HTTP/1.1 200 OK"))
        #expect(answer.utf8.count { $0 == UInt8(ascii: "m") } >= 2 << 20)
    }

    @Test func whoExpects100IsToldToGoOn() async throws {
        let (first, rest) = try await talk { path in
            let client = try #require(UnixClient(path))
            client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
            let first = client.read { $0.hasSuffix("\r\n\r\n") }
            client.send("hello")
            return (first, client.read { $0.hasSuffix("hello") })
        }
        #expect(first == "HTTP/1.1 100 Continue\r\n\r\n")
        #expect(rest.hasPrefix("HTTP/1.1 200 OK\r\n"))
    }

    @Test func http10ConnectionsAreClosedAndGetNoChunks() async throws {
        for (target, body) in [("/here", "yes"), ("/stream", "ab")] {
            let answer = try await talk { try Self.answer($0, to: "GET \(target) HTTP/1.0\r\n\r\n") }
            #expect(answer.hasPrefix("HTTP/1.0 200 OK\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n\(body)"), "\(answer)")
            #expect(!answer.lowercased().contains("chunked"))
        }
    }

    @Test func whatComesBehindARequestDoesNotCostItsAnswer() async throws {
        let answer = try await talk {
            try Self.answer($0, to: "GET /here HTTP/1.1\r\nHost: x\r\n\r\n\u{16}\u{3}garbage\r\n\r\n")
        }
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.contains("\r\n\r\nyes"))
        #expect(answer.contains("HTTP/1.1 400 "))
    }

    @Test(arguments: ["close", "Close", "keep-alive, close"])
    func whoAsksForTheEndGetsIt(connection: String) async throws {
        let answer = try await talk {
            try Self.answer($0, to: "GET /here HTTP/1.1\r\nHost: x\r\nConnection: \(connection)\r\n\r\n")
        }
        #expect(answer.hasSuffix("yes"))
    }

    @Test func headHasNoBody() async throws {
        let answer = try await talk {
            try Self.answer($0, to: "HEAD /here HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        }
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n"))
    }

    @Test func headersThatAreTooLargeAreAnswered() async throws {
        for request in [
            "GET /here HTTP/1.1\r\nHost: x\r\nX-Long: \(String(repeating: "x", count: 30_000))\r\n\r\n",
            "GET /\(String(repeating: "x", count: 30_000)) HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /here HTTP/1.1\r\n"
                + (0..<2000).map { "X-\($0): \(String(repeating: "y", count: 20))\r\n" }.joined() + "\r\n",
        ] {
            let answer = try await talk { try Self.answer($0, to: request) }
            #expect(answer.hasPrefix("HTTP/1.1 431 "), "\(answer.prefix(60))")
            #expect(answer.contains("headers_too_large"))
        }
    }

    @Test func whatEndsBeforeItIsWholeIsABadRequest() async throws {
        for request in [
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nshort",
            "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "GET /here HTTP/1.1\r\nHo",
        ] {
            let answer = try await talk { path in
                let client = try #require(UnixClient(path))
                client.send(request)
                client.endSending()
                return client.read()
            }
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer.prefix(60))")
        }
    }

    @Test func whatIsNoHTTPIsABadRequest() async throws {
        for request in ["\u{16}\u{3}\u{1}garbage\r\n\r\n", "hello\r\n\r\n", "GET /here HTTP/1.1\r\nbad header\r\n\r\n"]
        {
            let answer = try await talk { try Self.answer($0, to: request) }
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer.prefix(60))")
        }
    }

    @Test(arguments: ["here?x=1", "here?x=1&x=1", "here?=&", "here?%ZZ=1", "here?x=%", "here?x=%4"])
    func parametersThatNobodyKnowsAreRefused(target: String) async throws {
        let answer = try await talk {
            try Self.answer($0, to: "GET /\(target) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        }
        #expect(answer.hasPrefix("HTTP/1.1 400 "))
        #expect(answer.contains("unknown parameter") || answer.contains("hexadecimal"))
    }

    @Test func idleConnectionsEnd() async throws {
        var limits = HTTPListener.Limits()
        limits.idle = .milliseconds(300)
        let closed = try await talk(limits: limits) { path in
            let silent = try #require(UnixClient(path))
            let slow = try #require(UnixClient(path))
            slow.send("GET /here HTTP/1.1\r\nHost: x\r\n")
            let kept = try #require(UnixClient(path))
            kept.send("GET /here HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = kept.read { $0.hasSuffix("yes") }
            return [silent.isClosedByPeer, slow.isClosedByPeer, kept.isClosedByPeer]
        }
        #expect(closed == [true, true, true])
    }

    /// Long before they are idle for too long: nothing will come any more.
    @Test func whoSaysNothingMoreIsAnsweredAndClosed() async throws {
        let (silent, kept, answers) = try await talk { path in
            let silent = try #require(UnixClient(path))
            silent.endSending()
            let kept = try #require(UnixClient(path))
            kept.send("GET /here HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = kept.read { $0.hasSuffix("yes") }
            kept.endSending()
            let asking = try #require(UnixClient(path))
            asking.send(String(repeating: "GET /here HTTP/1.1\r\nHost: x\r\n\r\n", count: 3))
            asking.endSending()
            return (silent.isClosedByPeer, kept.isClosedByPeer, asking.read())
        }
        #expect(silent)
        #expect(kept)
        #expect(answers.components(separatedBy: "HTTP/1.1 200").count == 4, "\(answers)")
    }

    @Test func noMoreConnectionsThanAllowedAreTakenAndOthersComeLater() async throws {
        var limits = HTTPListener.Limits()
        limits.connections = 8
        let (closed, later) = try await talk(limits: limits) { path in
            var clients = try (0..<8).map { _ in try #require(UnixClient(path)) }
            // They are counted once the server has taken them.
            for client in clients {
                client.send("GET /here HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = client.read { $0.hasSuffix("yes") }
            }
            let closed = try #require(UnixClient(path)).isClosedByPeer
            clients.removeAll()
            var later = ""
            for _ in 0..<200 where later.isEmpty {
                usleep(10_000)
                later = try Self.answer(path, to: "GET /here HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            }
            return (closed, later)
        }
        #expect(closed)
        #expect(later.hasSuffix("yes"))
    }

    @Test func aSocketThatWasRemovedIsMadeAnew() async throws {
        let answers = try await talk { path in
            var answers: [String] = []
            let request = "GET /here HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            for _ in 0..<2 {
                answers.append(try Self.answer(path, to: request))
                unlink(path)
                var tries = 0
                while UnixClient(path) == nil, tries < 1000 {
                    usleep(10_000)
                    tries += 1
                }
            }
            answers.append(try Self.answer(path, to: request))
            return answers
        }
        #expect(answers.count == 3 && answers.allSatisfy { $0.hasSuffix("yes") })
        #expect(readiness.complaints.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func aSocketThatAnotherTookIsToldAndLeftAlone() async throws {
        let foreign = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(foreign) }
        let complaints = try await talk { [readiness] path in
            unlink(path)
            #expect(withUnixAddress(path) { bind(foreign, $0, $1) } == 0)
            #expect(listen(foreign, 5) == 0)
            for _ in 0..<1000 where !readiness.complaints.contains(where: { $0.contains("another daemon answers") }) {
                usleep(10_000)
            }
            return readiness.complaints
        }
        #expect(complaints.first?.hasPrefix("control socket: ") == true)
        #expect(complaints.first?.contains("another daemon answers") == true)
        // It is not ours to remove.
        #expect(FileManager.default.fileExists(atPath: path))
    }
}
