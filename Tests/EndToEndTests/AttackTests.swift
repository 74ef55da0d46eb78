import Basics
import Foundation
import ServiceKit
import TestSupport
import Testing

/// Attacks on the real programs that hold: docs/reliability.md has the counts.
@Suite(.serialized) struct AttackTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// A relay with few descriptors and a control socket.
    private func relay(descriptors: Int) async throws -> (program: Program, socket: String) {
        let socket = directory.path + "/relay.sock"
        let ready = directory.path + "/ready"
        try AtomicFile.write(
            Array(
                """
                listen = "127.0.0.1:0"
                peer = "127.0.0.1:9"
                control_socket = "\(socket)"
                ready_file = "\(ready)"
                """.utf8
            ),
            to: directory.path + "/relay.toml"
        )
        let program = try Program(
            "snr-relay",
            ["--config", directory.path + "/relay.toml"],
            log: directory.path + "/relay.log",
            preparation: "ulimit -n \(descriptors)"
        )
        try await eventually("the relay is ready") {
            guard program.isRunning else { throw Program.Complaint(description: program.log) }
            return FileManager.default.fileExists(atPath: ready)
        }
        return (program, socket)
    }

    private static let request = "GET /v1/relay HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    /// Callers that say nothing get a share of the descriptors and no more, and cost no work.
    @Test(.timeLimit(.minutes(5))) func whoTakesAllDescriptorsHoldsNobodyUp() async throws {
        let (program, socket) = try await relay(descriptors: 64)
        let (open, ticks, answer) = try await onAThread { [pid = program.processIdentifier] in
            var clients = (0..<100).compactMap { _ in UnixClient(socket) }
            #expect(clients.count > 50)
            usleep(500_000)
            let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
            let before = try Self.processorTicks(of: pid)
            usleep(2_000_000)
            let ticks = try Self.processorTicks(of: pid) - before
            clients.removeAll()
            var answer = ""
            for _ in 0..<100 where !answer.hasPrefix("HTTP/1.1 200") {
                usleep(100_000)
                guard let client = UnixClient(socket) else { continue }
                client.send(Self.request)
                answer = client.read()
            }
            return (open, ticks, answer)
        }
        #expect(open < 50)
        // Of 200 that one processor has in two seconds.
        #expect(ticks < 100)
        #expect(answer.hasPrefix("HTTP/1.1 200"))
        program.signal(SIGTERM)
        #expect(try await program.end() == 0)
    }

    /// Hundredths of a second that a process has worked.
    private static func processorTicks(of pid: Int32) throws -> Int {
        let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        let fields = stat.drop { $0 != ")" }.split(separator: " ")
        return try #require(Int(fields[12])) + #require(Int(fields[13]))
    }

    @Test(.timeLimit(.minutes(5))) func requestsInOneGoAreAnsweredInTheirOrder() async throws {
        let (program, socket) = try await relay(descriptors: 256)
        let count = 2000
        let answer = try await onAThread {
            let client = try #require(UnixClient(socket))
            let one = "GET /v1/relay HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
            // In pieces, since the answers have to be read meanwhile.
            var answer = ""
            for _ in 0..<count / 20 {
                client.send(String(repeating: one, count: 10))
                var heads = 0
                answer += client.read { text in
                    if text.hasSuffix("HTTP/1.1 ") { heads += 1 }
                    return heads == 20 && text.hasSuffix("\r\n\r\n")
                }
            }
            return answer
        }
        let statuses = answer.components(separatedBy: "HTTP/1.1 ").dropFirst().map { String($0.prefix(3)) }
        #expect(statuses == (0..<count).map { $0.isMultiple(of: 2) ? "200" : "404" })
        program.signal(SIGTERM)
        #expect(try await program.end() == 0)
    }

    @Test(.timeLimit(.minutes(5))) func pathsThatLeadElsewhereLeadNowhere() async throws {
        let (program, socket) = try await relay(descriptors: 256)
        let steps = ["..", "%2e%2e", "..%2f..", "%2e%2e%2f", "..\u{5C}..", "%00", "~root", ".", "%c0%ae%c0%ae"]
        let targets = steps.flatMap { step in
            ["/v1/relay/profiles/", "/v1/relay/", "/", "//"].flatMap { base in
                (1...3).map { base + Array(repeating: step, count: $0).joined(separator: "/") + "/etc/passwd" }
            }
        }
        let answers = try await onAThread {
            try targets.flatMap { target in
                try ["GET", "POST", "PATCH", "DELETE"].map { method in
                    let client = try #require(UnixClient(socket))
                    client.send(
                        "\(method) \(target) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
                    )
                    return client.read()
                }
            }
        }
        #expect(answers.count == targets.count * 4)
        #expect(answers.allSatisfy { $0.hasPrefix("HTTP/1.1 404") || $0.hasPrefix("HTTP/1.1 400") })
        #expect(!answers.contains { $0.contains("root:") })
        program.signal(SIGTERM)
        #expect(try await program.end() == 0)
    }

    /// Runs what waits on a thread that may.
    private func onAThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
        }
    }
}
