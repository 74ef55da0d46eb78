import Basics
import ControlAPI
import Foundation
import Logging
import SemanticCoding
import ServiceKit
import ServiceLifecycle
import TestSupport
import Testing
import Wire

@testable import Transmitter
@testable import txctl

struct TestDaemon: Service {
    let configuration: TransmitterConfiguration
    let codec: QuickEditor
    let keys: KeyRing
    let maths: WorkThread

    func run() async throws {
        try await TransmitterDaemon(configuration).run(
            encoder: EditingEncoder(codec),
            keys: keys,
            maths: maths
        )
    }
}

/// Where a transmitter under test keeps its files.
struct TransmitterFixture {
    let directory: TemporaryDirectory
    let key: PreSharedKey

    init() throws {
        directory = try TemporaryDirectory()
        let digits = String(repeating: "0123456789abcdef", count: 4)
        try AtomicFile.write(Array(digits.utf8), to: directory.path + "/key", mode: 0o600)
        key = try PreSharedKey.parse(Array(digits.utf8))
    }
}

/// Tests of the queue, the control API and the link together, asked through the control API's own client.
protocol TransmitterSuite {
    var fixture: TransmitterFixture { get }
}

extension TransmitterSuite {
    var directory: TemporaryDirectory { fixture.directory }
    var key: PreSharedKey { fixture.key }

    func configuration(
        peer: Int,
        drafts: Bool = false,
        link: String = "",
        limits: String = ""
    ) throws -> TransmitterConfiguration {
        let text = """
            models = "unused"
            spool = "\(directory.path)/spool"
            control_socket = "\(directory.path)/tx.sock"
            keys = ["\(directory.path)/key"]
            ready_file = "\(directory.path)/ready"
            resolution = 128
            first_picture = \(drafts)
            [link]
            listen = "127.0.0.1:0"
            peer = "127.0.0.1:\(peer)"
            first_retry_seconds = 15
            \(link)
            [limits]
            drain_seconds = 0.1
            \(limits)
            """
        return try ConfigurationFile.decode(TransmitterConfiguration.self, text: text, path: "test")
    }

    /// Runs the daemon and a receiver that answers as told.
    func withDaemon(
        _ codec: QuickEditor,
        drafts: Bool = false,
        link: String = "",
        limits: String = "",
        sides: SeenSides? = nil,
        answer: @escaping @Sendable (Int) -> TransferReport.Status? = { _ in .decoded },
        _ body: (ControlClient) async throws -> Void
    ) async throws {
        let ready = directory.path + "/ready"
        try? FileManager.default.removeItem(atPath: ready)
        let receiver = try await TestReceiver(key: key, sides: sides, answer: answer)
        await receiver.start()
        let maths = WorkThread(name: "maths")
        let daemon = try TestDaemon(
            configuration: try configuration(peer: receiver.socket.port, drafts: drafts, link: link, limits: limits),
            codec: codec,
            keys: KeyRing([.init(name: "receiver", keys: [key])]),
            maths: maths
        )
        let group = ServiceGroup(services: [daemon], logger: Logger(label: "test"))
        let running = Task { try await group.run() }
        while !FileManager.default.fileExists(atPath: ready) { try await Task.sleep(for: .milliseconds(5)) }
        try await body(ControlClient(socket: directory.path + "/tx.sock"))
        await group.triggerGracefulShutdown()
        try await running.value
        await receiver.stop()
        maths.stop()
    }

    func submit(_ client: ControlClient, photo: [UInt8] = [1, 2, 3]) async throws -> TransferRecord {
        try await client.ask(.POST, "/v1/transfers?sentence=\("she should smile".percentEncoded)", body: photo)
    }

    /// - Parameter more: of the query, from its ampersand on.
    func submit(_ client: ControlClient, more: String) async throws -> TransferRecord {
        try await client.ask(.POST, "/v1/transfers?sentence=smile\(more)", body: [1, 2, 3])
    }

    func end(of id: String, _ client: ControlClient) async throws -> TransferRecord {
        try await client.watch(id) { _ in }
        return try await client.ask(.GET, "/v1/transfers/\(id)")
    }

    func refusal(_ body: () async throws -> Void) async throws -> (txctl.ExitStatus, String) {
        do {
            try await body()
        } catch let error as ControlClientError {
            return (ExitStatus(error.cause), error.description)
        }
        throw Missing()
    }
}

extension ControlClient {
    /// Returns once the transfer is in `state`.
    func watch(until state: TransferState, of id: String) async throws {
        while true {
            let record: TransferRecord = try await ask(.GET, "/v1/transfers/\(id)")
            if record.state == state { return }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
