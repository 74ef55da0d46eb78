import CSystemd
import Foundation
import Logging

/// Logs to the journal with fields (systemd.journal-fields(7)): `journalctl TRANSFER_ID=…` shows one transfer's lines.
struct JournalLogHandler: LogHandler {
    let label: String
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace

    init(label: String) {
        self.label = label
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        Self.send(Self.fields(level: event.level, label: label, message: "\(event.message)", metadata: all))
    }

    /// Whether standard error leads to the journal, by `JOURNAL_STREAM` (systemd.exec(5)): device and inode.
    static func isStandardErrorTheJournal(_ environment: [String: String]) -> Bool {
        var information = stat()
        guard let stream = environment["JOURNAL_STREAM"], fstat(STDERR_FILENO, &information) == 0 else { return false }
        return stream == "\(information.st_dev):\(information.st_ino)"
    }

    /// A log line as the journal's fields, `NAME=value` each. The message keeps the metadata, which plain `journalctl`
    /// would not show otherwise.
    static func fields(
        level: Logger.Level,
        label: String,
        message: String,
        metadata: Logger.Metadata
    ) -> [String] {
        let sorted = metadata.sorted { $0.key < $1.key }
        let text = ([message] + sorted.map { "\($0.key)=\($0.value)" }).joined(separator: " ")
        return ["MESSAGE=\(text)", "PRIORITY=\(priority(of: level))", "SYSLOG_IDENTIFIER=\(label)"]
            + sorted.map { "\(name(of: $0.key))=\($0.value)" }
    }

    /// syslog(3)'s number of a level.
    private static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// A field name the journal takes: at most 64 of A–Z, 0–9 and _. The prefix keeps it apart from others' fields.
    private static func name(of key: String) -> String {
        if key == "transfer" { return "TRANSFER_ID" }
        let name = key.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        return String(("DEEPSC_" + name).prefix(64))
    }

    private static func send(_ fields: [String]) {
        var bytes: [UInt8] = []
        var lengths: [Int] = []
        for field in fields {
            bytes.append(contentsOf: field.utf8)
            lengths.append(field.utf8.count)
        }
        bytes.withUnsafeMutableBytes { buffer in
            var start = buffer.baseAddress
            let vectors = lengths.map { length in
                defer { start = start?.advanced(by: length) }
                return iovec(iov_base: start, iov_len: length)
            }
            _ = sd_journal_sendv(vectors, Int32(vectors.count))
        }
    }
}
