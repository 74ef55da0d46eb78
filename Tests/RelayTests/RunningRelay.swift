import Basics
import ControlAPI
import Foundation
import Logging
import NIOCore
import ServiceKit
import ServiceLifecycle
import TestSupport
import Testing

@testable import Relay

/// A relay daemon on a free port of 127.0.0.1, in a directory of its own.
final class RunningRelay {
    let daemon: RelayDaemon
    /// Where transmitters send to.
    let front: SocketAddress
    let directory: TemporaryDirectory
    private let group: ServiceGroup
    private let running: Task<Void, any Error>

    var controlSocket: String { directory.path + "/relay.sock" }

    /// - Parameters:
    ///   - peer: the receiver's port.
    ///   - lines: more TOML; `DIR` in it stands for the directory.
    init(peer: Int, _ lines: String = "") async throws {
        let directory = try TemporaryDirectory()
        let text = """
            listen = "127.0.0.1:0"
            peer = "127.0.0.1:\(peer)"
            control_socket = "\(directory.path)/relay.sock"
            ready_file = "\(directory.path)/ready"
            \(lines.replacingOccurrences(of: "DIR", with: directory.path))
            """
        let daemon = RelayDaemon(try ConfigurationFile.decode(RelayConfiguration.self, text: text, path: "test"))
        let group = ServiceGroup(services: [daemon], logger: Logger(label: "test"))
        running = Task { try await group.run() }
        try await eventually("the relay is ready") {
            FileManager.default.fileExists(atPath: directory.path + "/ready")
        }
        let ready: Daemon.Ready = try DatedJSON.decode(from: AtomicFile.read(directory.path + "/ready"))
        let port = try #require(ready.udpPort)
        front = try #require(Endpoint("127.0.0.1:\(port)")?.literal)
        self.daemon = daemon
        self.group = group
        self.directory = directory
    }

    /// Waits until so many packets came from the transmitters and none waits.
    func settled(received: Int) async throws -> RelayStatus {
        try await eventually("\(received) packets") {
            let status = await daemon.status
            return status.forward.received >= received && status.queue.packets == 0
        }
        return await daemon.status
    }

    func stop() async throws {
        await group.triggerGracefulShutdown()
        try await running.value
    }
}

/// Waits until `condition` holds; gives up, which fails the test, only when something must be broken.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    let limit = ContinuousClock.now + .seconds(120)
    while try await !condition() {
        try #require(ContinuousClock.now < limit, "gave up waiting: \(what)")
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// Binds a socket of a test's own.
func testSocket() async throws -> DatagramSocket {
    try await DatagramSocket.bind(try #require(Endpoint("127.0.0.1:0")))
}

/// The next `count` datagrams.
func datagrams(_ count: Int, from socket: DatagramSocket) async -> [DatagramSocket.Datagram] {
    var arrived: [DatagramSocket.Datagram] = []
    var arriving = socket.datagrams.makeAsyncIterator()
    while arrived.count < count, let next = await arriving.next() { arrived.append(next) }
    return arrived
}
