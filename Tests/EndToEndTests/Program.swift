import Basics
import Foundation
import ServiceKit

/// One of the project's programs, as built beside the tests, running as a process of its own.
final class Program {
    /// What the tests expected of a program and did not get.
    struct Complaint: Error, CustomStringConvertible {
        let description: String
    }

    let name: String
    let logPath: String
    private let process = Process()

    /// Starts a program with its output in a log file.
    ///
    /// - Parameters:
    ///   - input: what it reads from its standard input; nothing by default.
    ///   - preparation: what a shell does first, such as setting limits.
    init(
        _ name: String,
        _ arguments: [String],
        log: String,
        input: String? = nil,
        preparation: String? = nil
    ) throws {
        self.name = name
        logPath = log
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let program = own.deletingLastPathComponent().appendingPathComponent(name)
        if let preparation {
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", "\(preparation); exec \"$0\" \"$@\"", program.path] + arguments
        } else {
            process.executableURL = program
            process.arguments = arguments
        }
        try AtomicFile.write([], to: log)
        guard let output = FileHandle(forWritingAtPath: log) else {
            throw Complaint(description: "cannot write \(log)")
        }
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        if let input {
            try AtomicFile.write(Array(input.utf8), to: log + ".input")
            process.standardInput = FileHandle(forReadingAtPath: log + ".input")
        }
        try process.run()
    }

    deinit {
        // A test that threw leaves no process behind.
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    var isRunning: Bool { process.isRunning }

    var processIdentifier: Int32 { process.processIdentifier }

    var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

    /// Sends a signal.
    func signal(_ number: Int32) {
        kill(process.processIdentifier, number)
    }

    /// Waits for the end and returns the exit code, or minus the signal.
    func end() async throws -> Int32 {
        try await eventually("\(name) ends") { !process.isRunning }
        let status = process.terminationStatus
        return process.terminationReason == .uncaughtSignal ? -status : status
    }

    /// Runs a program to its end.
    static func run(
        _ name: String,
        _ arguments: [String],
        in directory: String,
        input: String? = nil
    ) async throws -> (status: Int32, output: String) {
        let log = "\(directory)/\(name)-\(UUID().uuidString).log"
        let program = try Program(name, arguments, log: log, input: input)
        let status = try await program.end()
        return (status, program.log)
    }
}

/// Waits until `condition` holds; gives up, which fails the test, only when something must be broken.
func eventually(_ what: String, _ condition: () throws -> Bool) async throws {
    let limit = ContinuousClock.now + .seconds(400)
    while try !condition() {
        guard ContinuousClock.now < limit else { throw Program.Complaint(description: "gave up waiting: \(what)") }
        try await Task.sleep(for: .milliseconds(20))
    }
}
