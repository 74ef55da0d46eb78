import CLineEditor
import Foundation

/// Lines that a person types: with editing, history and completion at a terminal, as they come elsewhere.
struct LineEditor {
    /// Lines that are remembered, at most.
    private static let mostLines: Int32 = 1000

    private let isTerminal = isatty(0) == 1 && isatty(1) == 1
    private let history: String?

    /// - Parameters:
    ///   - words: that the tabulator completes.
    ///   - history: file of the lines of earlier; none are kept when nil.
    init(words: [String], history: String?) {
        self.history = isTerminal ? history : nil
        guard isTerminal else { return }
        var copies: [UnsafePointer<CChar>?] = words.map { strdup($0).map { UnsafePointer($0) } }
        copies.append(nil)
        copies.withUnsafeBufferPointer { line_editor_complete($0.baseAddress) }
        for copy in copies { free(UnsafeMutablePointer(mutating: copy)) }
        if let history = self.history { _ = line_editor_load(history) }
    }

    /// The next line; nil at the end.
    func line(prompt: String) -> String? {
        guard isTerminal else { return readLine() }
        guard let bytes = line_editor_read(prompt) else { return nil }
        defer { free(bytes) }
        return String(cString: bytes)
    }

    /// Keeps the history.
    func finish() {
        guard let history else { return }
        let folder = URL(fileURLWithPath: history).deletingLastPathComponent()
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        if line_editor_save(history, Self.mostLines) { chmod(history, 0o600) }
    }
}
