import Basics
import ControlAPI
import Foundation
import ServiceKit
import TestSupport

/// The three daemons on free ports of 127.0.0.1, in a directory of their own.
final class Link {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    static let photo = root + "/docs/images/astronaut.png"

    private let directory: TemporaryDirectory
    private(set) var receiver: Program?
    private(set) var relay: Program?
    private(set) var transmitter: Program?
    private let snrDecibels: Double
    private let seed: Int
    private let inversionSteps: Int
    private let sendsDrafts: Bool
    private let relayLines: String
    private let codecName: String?
    private var relayPort = 0

    /// - Parameters:
    ///   - relayLines: more TOML for the relay.
    ///   - codec: codes, pictures of 128 pixels; external: a process at `codecSocket`.
    init(
        snrDecibels: Double = 30,
        seed: Int = 1,
        inversionSteps: Int = 1,
        sendsDrafts: Bool = false,
        relayLines: String = "",
        codec: String? = nil
    ) throws {
        codecName = codec
        directory = try TemporaryDirectory()
        self.relayLines = relayLines
        self.snrDecibels = snrDecibels
        self.seed = seed
        (self.inversionSteps, self.sendsDrafts) = (inversionSteps, sendsDrafts)
        try AtomicFile.write(
            Array(String(repeating: "0123456789abcdef", count: 4).utf8),
            to: path + "/key",
            mode: 0o600
        )
    }

    var path: String { directory.path }
    var socket: String { path + "/tx.sock" }
    var codecSocket: String { path + "/codec.sock" }

    private var codec: (line: String, section: String) {
        guard let codecName else { return ("", "") }
        guard codecName == "external" else { return ("codec = \"\(codecName)\"", "") }
        return ("codec = \"external\"", "[external]\nsocket = \"\(codecSocket)\"\ntimeout_seconds = 30")
    }

    /// Starts all three, the receiver first.
    func start() async throws {
        try configure(
            "rx-daemon",
            """
            models = "\(Self.root)/Models"
            results = "\(path)/received"
            ready_file = "\(path)/rx-daemon.ready"
            \(codec.line)
            \(codec.section)
            [[peers]]
            name = "test"
            keys = ["\(path)/key"]
            [link]
            listen = "127.0.0.1:0"
            """
        )
        let (receiver, receiverPort) = try await launch("rx-daemon")
        self.receiver = receiver
        try configure(
            "snr-relay",
            """
            listen = "127.0.0.1:0"
            peer = "127.0.0.1:\(receiverPort)"
            ready_file = "\(path)/snr-relay.ready"
            \(relayLines)
            """
        )
        let (relay, relayPort) = try await launch("snr-relay", ["--snr-db", "\(snrDecibels)", "--seed", "\(seed)"])
        self.relay = relay
        self.relayPort = relayPort
        try await startTransmitter()
    }

    /// Starts the transmitter, again where it was killed.
    func startTransmitter() async throws {
        try configure(
            "tx-daemon",
            """
            models = "\(Self.root)/Models"
            spool = "\(path)/spool"
            control_socket = "\(socket)"
            keys = ["\(path)/key"]
            ready_file = "\(path)/tx-daemon.ready"
            first_picture = \(sendsDrafts)
            \(codec.line)
            \(codecName == nil ? "" : "resolution = 128")
            \(codec.section)
            [semantic]
            inversion_steps = \(inversionSteps)
            working_resolution = 128
            edit_steps = 2
            edit_refinement_steps = 1
            matching_steps = 1
            [link]
            listen = "127.0.0.1:0"
            peer = "127.0.0.1:\(relayPort)"
            first_retry_seconds = 1
            """
        )
        transmitter = try await launch("tx-daemon").program
    }

    /// Stops all three with SIGTERM.
    ///
    /// - Returns: their exit codes, of which each should be 0.
    func stop() async throws -> [Int32] {
        var codes: [Int32] = []
        for program in [transmitter, relay, receiver] {
            guard let program else { continue }
            program.signal(SIGTERM)
            codes.append(try await program.end())
        }
        return codes
    }

    /// Runs txctl.
    ///
    /// - Parameter input: what it reads from its standard input.
    func txctl(_ arguments: String..., input: String? = nil) async throws -> (status: Int32, output: String) {
        try await Program.run("txctl", arguments + ["--socket", socket], in: path, input: input)
    }

    /// Submits the portrait and returns the transfer's id.
    func submit() async throws -> String {
        let (status, output) = try await txctl("submit", Self.photo, "she should not smile")
        guard status == 0 else { throw Program.Complaint(description: "submit: \(status): \(output)") }
        return output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// What the spool says of a transfer.
    func record(_ id: String) throws -> TransferRecord {
        try ChecksummedJSON.decode(from: AtomicFile.read("\(path)/spool/\(id)/job.json"))
    }

    /// Ids of what was received.
    func received() throws -> Set<String> {
        Set(
            try FileManager.default.contentsOfDirectory(atPath: path + "/received").filter {
                UUID(uuidString: $0) != nil
            }
        )
    }

    private func configure(_ name: String, _ text: String) throws {
        try AtomicFile.write(Array(text.utf8), to: "\(path)/\(name).toml")
    }

    private func launch(_ name: String, _ arguments: [String] = []) async throws -> (program: Program, port: Int) {
        let ready = "\(path)/\(name).ready"
        try? FileManager.default.removeItem(atPath: ready)
        let program = try Program(
            name,
            ["--config", "\(path)/\(name).toml"] + arguments,
            log: "\(path)/\(name)-\(UUID().uuidString.prefix(8)).log"
        )
        try await eventually("\(name) is ready") {
            guard program.isRunning else { throw Program.Complaint(description: "\(name) ended: \(program.log)") }
            return FileManager.default.fileExists(atPath: ready)
        }
        guard let port = try DatedJSON.decode(Daemon.Ready.self, from: AtomicFile.read(ready)).udpPort else {
            throw Program.Complaint(description: "\(name) has no port")
        }
        return (program, port)
    }
}
