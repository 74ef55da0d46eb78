import Foundation
import Hummingbird
import Logging
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
    private func withServer(_ body: () async throws -> Void) async throws {
        let ready = AsyncStream.makeStream(of: Void.self)
        let server = ControlServer(path: path, router: Router(), logger: Logger(label: "test")) {
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
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
        close(listener)
        #expect(FileManager.default.fileExists(atPath: path))
        try ControlServer.prepare(path)
        #expect(!FileManager.default.fileExists(atPath: path))
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
