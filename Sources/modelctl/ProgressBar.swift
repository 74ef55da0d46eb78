import Foundation

/// A progress bar on standard error: redrawn in place on a terminal, one line per tenth elsewhere. What comes next begins at 0.
struct ProgressBar {
    private let label: String
    private let isTerminal = isatty(2) == 1
    private var lastTenth = -1

    init(_ label: String) {
        self.label = label
    }

    mutating func update(_ fraction: Double, _ note: String) {
        let share = min(1, max(0, fraction))
        if isTerminal {
            let filled = Int(share * 24)
            let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 24 - filled)
            let line = "\r\(label) [\(bar)] \(Int(share * 100))% \(note)\u{1B}[K"
            FileHandle.standardError.write(Data(line.utf8))
        } else if Int(share * 10) > lastTenth || Int(share * 10) == 0 && lastTenth > 0 {
            lastTenth = Int(share * 10)
            FileHandle.standardError.write(Data("\(label) \(Int(share * 100))% \(note)\n".utf8))
        }
    }

    func finish() {
        if isTerminal { FileHandle.standardError.write(Data("\n".utf8)) }
    }
}
