import Foundation

/// Memory of this process as the kernel counts it (proc(5)).
enum ProcessMemory {
    /// Begins a new peak, where the kernel lets us.
    static func resetPeak() {
        guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return }
        try? file.write(contentsOf: Data("5".utf8))
        try? file.close()
    }

    /// Peak resident memory in MiB since then; nil where the kernel does not say.
    static var peak: Double? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line.flatMap { $0.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first }
            .flatMap { Double($0) }.map { $0 / 1024 }
    }
}
