import Basics
import Foundation
import Hummingbird
import Logging
import NIOPosix
import ServiceLifecycle
import TestSupport
import Testing

@testable import ServiceKit

struct ControlServerTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/run/control.sock"
    }

    /// Runs a server while `body` runs.
    private func withServer(passed: Int32? = nil, _ body: () async throws -> Void) async throws {
        let ready = AsyncStream.makeStream(of: Void.self)
        let router = Router()
        router.get("here") { _, _ in "yes" }
        let server = ControlServer(path: path, router: router, logger: Logger(label: "test"), passed: { passed }) {
            ready.continuation.yield()
        }
        let group = ServiceGroup(services: [server], logger: Logger(label: "test"))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask {
                defer { ready.continuation.finish() }
                try await group.run()
            }
            for await _ in ready.stream { break }
            try await body()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test func socketIsForOwnerAndGroupAndGoesAway() async throws {
        try await withServer {
            var information = stat()
            #expect(stat(path, &information) == 0)
            #expect(information.st_mode & 0o777 == 0o660)
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func refusesASocketOnWhichSomebodyAnswers() async throws {
        try await withServer {
            #expect(throws: ControlSocketError.inUse(path: path)) { try ControlServer.prepare(path) }
        }
    }

    @Test func removesASocketThatIsLeftOver() throws {
        try ControlServer.prepare(path)
        close(bindListener())
        #expect(FileManager.default.fileExists(atPath: path))
        try ControlServer.prepare(path)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func answersOnASocketThatWasPassedAndLeavesItInPlace() async throws {
        try ControlServer.prepare(path)
        let listener = bindListener()
        #expect(listen(listener, 5) == 0)
        chmod(path, 0o600)
        try await withServer(passed: listener) {
            let answer = try await ask()
            #expect(answer.hasPrefix("HTTP/1.1 200"))
            #expect(answer.hasSuffix("yes"))
        }
        var information = stat()
        #expect(stat(path, &information) == 0)
        #expect(information.st_mode & 0o777 == 0o600)
    }

    @Test func anIdleConnectionDoesNotHoldUpTheEnd() async throws {
        let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(client) }
        try await withServer {
            #expect(Self.connect(client, to: path) == 0)
            let request = Array("GET /here HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
            #expect(write(client, request, request.count) == request.count)
            let answer = try await NIOThreadPool.singleton.runIfActive { Self.read(client) { $0.hasSuffix("yes") } }
            #expect(answer.hasSuffix("yes"))
        }
        let rest = try await NIOThreadPool.singleton.runIfActive { Self.read(client) { _ in false } }
        #expect(rest == "")
    }

    /// A connection that is accepted while the server closes is closed too, and ends nothing else.
    @Test func connectionsThatComeAtTheEndAreClosed() async throws {
        for _ in 0..<500 {
            let clients = (0..<4).map { _ in socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0) }
            defer { for client in clients { close(client) } }
            try await withServer {
                for client in clients { #expect(Self.connect(client, to: path) == 0) }
            }
            for client in clients { #expect(isClosedByPeer(client)) }
        }
    }

    /// The answer to `GET /here`, waited for outside Swift's threads, which the server needs.
    private func ask() async throws -> String {
        try await NIOThreadPool.singleton.runIfActive { [path] in try Self.ask(path) }
    }

    private static func ask(_ path: String) throws -> String {
        let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(client) }
        #expect(connect(client, to: path) == 0)
        let request = Array("GET /here HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        #expect(write(client, request, request.count) == request.count)
        return read(client) { _ in false }
    }

    /// Reads until `isEnough`, or until the connection is closed.
    private static func read(_ client: Int32, until isEnough: (String) -> Bool) -> String {
        var answer = ""
        var byte: UInt8 = 0
        while !isEnough(answer), Foundation.read(client, &byte, 1) == 1 {
            answer.unicodeScalars.append(UnicodeScalar(byte))
        }
        return answer
    }

    private func bindListener() -> Int32 {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let bound = withUnixAddress(path) { bind(listener, $0, $1) }
        #expect(bound == 0)
        return listener
    }

    private static func connect(_ client: Int32, to path: String) -> Int32 {
        withUnixAddress(path) { Foundation.connect(client, $0, $1) }
    }

    @Test func leavesOtherFilesAlone() throws {
        try ControlServer.prepare(path)
        try AtomicFile.write([1], to: path)
        #expect(throws: ControlSocketError.notASocket(path: path)) { try ControlServer.prepare(path) }
        #expect(try AtomicFile.read(path) == [1])
    }

    @Test func refusesPathsTheSystemCannotBind() {
        let long = directory.path + "/" + String(repeating: "x", count: 108)
        #expect(throws: ControlSocketError.pathTooLong(path: long)) { try ControlServer.prepare(long) }
    }
}
