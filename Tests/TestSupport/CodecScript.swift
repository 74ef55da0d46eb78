import Foundation

/// A codec process of a test: one of the repository's Python scripts, ended with this.
package final class CodecScript {
    /// It ended, or never listened.
    struct Failed: Error {
        let log: String
    }

    private let process = Process()

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// Starts a script and waits until it listens.
    ///
    /// - Parameters:
    ///   - script: its path in the repository.
    ///   - socket: its first argument; a file that is there is removed before.
    ///   - arguments: further ones.
    package init(_ script: String, socket: String, _ arguments: String...) async throws {
        try? FileManager.default.removeItem(atPath: socket)
        let log = "\(socket).log"
        guard FileManager.default.createFile(atPath: log, contents: nil) else { throw Failed(log: log) }
        let output = FileHandle(forWritingAtPath: log)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-B", "\(Self.root)/\(script)", socket] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let limit = ContinuousClock.now + .seconds(120)
        while UnixClient(socket) == nil {
            guard process.isRunning, ContinuousClock.now < limit else {
                throw Failed(log: (try? String(contentsOfFile: log, encoding: .utf8)) ?? "")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// Kills it, and returns when it is gone.
    package func end() async throws {
        kill(process.processIdentifier, SIGKILL)
        while process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
    }
}
