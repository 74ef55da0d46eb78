import Basics
import Foundation

/// A file that a process leaves behind when it ends by a fault of its own (a trap, a segmentation fault, the watchdog's
/// SIGABRT) or for want of memory, and not when somebody killed it.
///
/// Once per process: the signals' handlers can only know one file.
package struct CrashNote: Sendable {
    private let path: String

    /// - Parameter path: the file; its directory must be there.
    package init(path: String) {
        self.path = path
    }

    /// Whether the process before this one crashed; forgets it.
    package func takePrevious() -> Bool {
        defer { unlink(path) }
        guard let bytes = try? AtomicFile.read(path, limit: 4096) else { return false }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        if lines.contains("crashed") { return true }
        // SIGKILL leaves no time to write anything, but the system counts whom it killed for want of memory.
        let (kills, boot) = Self.memoryKills()
        guard lines.count >= 2, lines[0] == boot, let before = Int(lines[1]) else { return false }
        return kills > before
    }

    /// From now on a crash is noted.
    ///
    /// - Throws: `FileError` when the file cannot be made.
    package func begin() throws(FileError) {
        let (kills, boot) = Self.memoryKills()
        unlink(path)
        try AtomicFile.create(path, bytes: Array("\(boot)\n\(kills)\n".utf8))
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(operation: "open", path: path, code: errno) }
        if noteDescriptor >= 0 { close(noteDescriptor) }
        noteDescriptor = descriptor
        for signal in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT] {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { number in
                noteCrash()
                // Once more, and now it does what it does by itself.
                raise(number)
            }
            action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
            sigaction(signal, &action, nil)
        }
    }

    /// The process ends as it should.
    package func end() {
        unlink(path)
    }

    /// How often the system has killed a process for want of memory since it booted, and which boot that was.
    private static func memoryKills() -> (kills: Int, boot: String) {
        let counters = (try? String(contentsOfFile: "/proc/vmstat", encoding: .utf8)) ?? ""
        let line = counters.split(separator: "\n").first { $0.hasPrefix("oom_kill ") }
        let boot = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? "unknown"
        return (line.flatMap { Int($0.dropFirst(9)) } ?? 0, boot.trimmingCharacters(in: .whitespacesAndNewlines))
    }
}

/// Where the handler writes; only `CrashNote.begin` changes it.
nonisolated(unsafe) private var noteDescriptor: Int32 = -1

/// Async-signal-safe: a write and nothing else.
private func noteCrash() {
    let text: StaticString = "crashed\n"
    _ = write(noteDescriptor, text.utf8Start, text.utf8CodeUnitCount)
}
