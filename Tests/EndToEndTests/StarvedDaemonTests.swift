import Basics
import Foundation
import ServiceKit
import TestSupport
import Testing

/// systemd's part of the watchdog: the socket that a daemon tells of its well-being (sd_notify(3)).
private final class NotifySocket {
    private let descriptor: Int32
    /// `WATCHDOG=1` so far.
    private(set) var feeds = 0

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0, withUnixAddress(path, { bind(descriptor, $0, $1) }) == 0 else {
            throw Program.Complaint(description: "cannot listen on \(path)")
        }
    }

    deinit { close(descriptor) }

    /// Counts what has come.
    func read() {
        var message = [UInt8](repeating: 0, count: 4096)
        while case let count = recv(descriptor, &message, message.count, 0), count > 0 {
            feeds += String(decoding: message[..<count], as: UTF8.self).components(separatedBy: "WATCHDOG=1").count - 1
        }
    }
}

/// Lets a process run for a twentieth of the time, as `CPUQuota=5%` does.
private final class Starvation {
    private let thread: Thread
    private let ended = DispatchSemaphore(value: 0)

    init(of process: Int32) {
        thread = Thread { [ended] in
            while !Thread.current.isCancelled {
                kill(process, SIGCONT)
                usleep(5000)
                kill(process, SIGSTOP)
                usleep(95_000)
            }
            kill(process, SIGCONT)
            ended.signal()
        }
        thread.start()
    }

    func end() {
        thread.cancel()
        ended.wait()
    }
}

/// A daemon that hardly gets a processor is slow, and systemd is told that it lives.
struct StarvedDaemonTests {
    @Test(.timeLimit(.minutes(10))) func aStarvedInversionIsNoHang() async throws {
        let temporary = try TemporaryDirectory()
        let path = temporary.path
        let digits = String(repeating: "0123456789abcdef", count: 4)
        try AtomicFile.write(Array(digits.utf8), to: path + "/key", mode: 0o600)
        // Nobody has to answer: it never comes so far.
        let configuration = """
            models = "\(Link.root)/Models"
            spool = "\(path)/spool"
            control_socket = "\(path)/tx.sock"
            keys = ["\(path)/key"]
            ready_file = "\(path)/ready"
            [semantic]
            inversion_steps = 10
            working_resolution = 256
            [link]
            listen = "127.0.0.1:0"
            peer = "127.0.0.1:9"
            """
        try AtomicFile.write(Array(configuration.utf8), to: path + "/tx.toml")
        let notices = try NotifySocket(path + "/notify")
        // The watchdog wants to be fed every four seconds, so the daemon looks round every second.
        let daemon = try Program(
            "tx-daemon",
            ["--config", path + "/tx.toml"],
            log: path + "/log",
            preparation: "export NOTIFY_SOCKET='\(path)/notify' WATCHDOG_USEC=4000000"
        )
        try await eventually("the daemon is ready") { FileManager.default.fileExists(atPath: path + "/ready") }
        let submitted = try await Program.run(
            "txctl",
            ["submit", Link.photo, "she should not smile", "--socket", path + "/tx.sock"],
            in: path
        )
        try #require(submitted.status == 0, "\(submitted.output)")
        let id = submitted.output.trimmingCharacters(in: .whitespacesAndNewlines)
        // A line for each tenth of the inversion, which has ten steps.
        let watch = try Program("txctl", ["watch", id, "--socket", path + "/tx.sock"], log: path + "/watch")
        try await eventually("inverting") { watch.log.contains("inverting") }
        let starvation = Starvation(of: daemon.processIdentifier)
        notices.read()
        let (feeds, steps) = (notices.feeds, Self.steps(in: watch))
        try await eventually("the watchdog is fed twelve times") {
            notices.read()
            return notices.feeds >= feeds + 12
        }
        // A round of signs of life ends with a step: were it fed after those alone, it could not be oftener.
        #expect(Self.steps(in: watch) - steps <= 6)
        starvation.end()
        #expect(daemon.isRunning)
        daemon.signal(SIGTERM)
        #expect(try await daemon.end() == 0, "\(daemon.log)")
        _ = try await watch.end()
    }

    private static func steps(in watch: Program) -> Int {
        watch.log.split(separator: "\n").count { $0.hasPrefix("inverting") }
    }
}
