import Basics
import ControlAPI
import Foundation

/// Output for people goes to standard error, results to standard output.
enum Terminal {
    static func complain(_ line: String) {
        FileHandle.standardError.write(Data("\(line)\n".utf8))
    }

    static func printJSON(_ value: some Encodable) throws {
        print(String(decoding: try DatedJSON.encode(value), as: UTF8.self))
    }

    /// A transfer in a few lines.
    static func describe(_ record: TransferRecord) -> String {
        var lines = [
            "\(record.id)  \(record.state.rawValue)", "  sentence  \(plain(record.sentence)) (\(record.request))",
        ]
        for request in record.requests ?? [] { lines.append("  asks      \(plain(request.description))") }
        if let inversion = record.inversion {
            lines.append("  inverted  LPIPS \(decimals(inversion.lpips, 3)) after \(inversion.steps) steps")
        }
        if let likeness = record.likeness {
            lines.append("  likeness  \(likeness.verdict) (SFace \(decimals(likeness.cosine, 2)))")
        }
        if let turned = record.turned {
            lines.append("  turned    \(turned)° clockwise: the photo did not stand upright")
        }
        for edit in record.edits ?? [record.edit].compactMap({ $0 }) {
            lines.append(
                "  edited    \(edit.attribute) \(edit.degreeBefore) → \(edit.degreeAfter)"
                    + " (wanted \(edit.degreeExpected)) in \(edit.steps) steps"
            )
        }
        if let draft = record.draft {
            lines.append(
                "  draft     received after \(decimals(draft.seconds, 1)) s at \(decimals(draft.reception.snrDecibels, 1)) dB,"
                    + " CBR \(ratio(draft.signal.cbrTotal)) on top"
            )
        }
        if let signal = record.signal {
            lines.append(
                "  sent      \(signal.reals) reals as \(signal.symbols) symbols + \(signal.pilots) pilots,"
                    + (signal.waveform == "ofdm" ? " OFDM," : "") + " \(signal.attempts) times"
            )
            lines.append(
                "  CBR       \(ratio(signal.cbrReals)) reals, \(ratio(signal.cbrSymbols)) symbols,"
                    + " \(ratio(signal.cbrTotal)) with pilots and side information"
            )
        }
        if let reception = record.reception {
            lines.append(
                "  received  SNR \(decimals(reception.snrDecibels, 1)) dB, \(reception.erasures) symbols lost"
            )
            if let quality = reception.quality {
                let degrees = quality.degrees.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                lines.append(
                    "  expected  same person \(Int((quality.samePerson * 100).rounded())) %, LPIPS"
                        + " \(decimals(quality.lpips, 2)); it shows \(degrees.joined(separator: ", "))"
                )
            }
            if let place = reception.place { lines.append("  picture   \(plain(place))") }
        }
        let stages = TransferState.allCases.compactMap { stage in
            record.seconds[stage.rawValue].map { "\(stage.rawValue) \(decimals($0, 1))" }
        }
        if !stages.isEmpty { lines.append("  seconds   \(stages.joined(separator: ", "))") }
        if let trouble = record.trouble { lines.append("  waiting   \(trouble)") }
        if let failure = record.failure { lines.append("  failure   \(failure.message)") }
        return lines.joined(separator: "\n")
    }

    /// What people should be warned of: edits that were not made as asked for, and what the receiver makes of its picture.
    static func doubts(of record: TransferRecord) -> [String] {
        (record.edits ?? []).compactMap(\.doubt).map(plain) + (record.reception?.quality?.doubts ?? [])
    }

    /// Transfers as a table with a line of headings, the newest first.
    static func table(_ transfers: [TransferRecord], at now: Date, limit: Int) -> [String] {
        let newest = transfers.sorted { $0.created > $1.created }.prefix(limit)
        return ["TRANSFER                              STATE         AGE   SENT  SNR dB  SENTENCE"]
            + newest.map { record in
                let columns = [
                    padded(record.id, 38), padded(record.state.rawValue, 14),
                    padded(age(now.timeIntervalSince(record.created)), 6),
                    padded("\(record.signal?.attempts ?? 0)", 6),
                    padded(record.reception.map { decimals($0.snrDecibels, 1) } ?? "-", 8),
                ]
                return columns.joined() + plain(record.sentence).prefix(60)
            }
    }

    /// A text without what could steer the terminal: a sentence is anybody's.
    static func plain(_ text: String) -> String {
        text.filter { !$0.isNewline && !$0.unicodeScalars.contains { $0.properties.generalCategory == .control } }
    }

    /// As `5s`, `3m`, `2h`, `4d`.
    static func age(_ seconds: Double) -> String {
        switch max(0, seconds) {
        case ..<100: "\(Int(max(0, seconds)))s"
        case ..<6000: "\(Int(seconds / 60))m"
        case ..<360_000: "\(Int(seconds / 3600))h"
        default: "\(Int(seconds / 86400))d"
        }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text.padding(toLength: max(width, text.count + 1), withPad: " ", startingAt: 0)
    }

    static func decimals(_ value: Double, _ count: Int) -> String { String(format: "%.\(count)f", value) }

    private static func ratio(_ value: Double) -> String { String(format: "%.2e", value) }
}

/// A bar for each stage on standard error: redrawn in place on a terminal, a line per tenth elsewhere.
struct StageBars {
    private let isTerminal = isatty(2) == 1
    private var stage: TransferState?
    private var tenth = -1

    mutating func show(_ update: TransferUpdate) {
        if update.state != stage {
            if isTerminal, stage != nil { write("\n") }
            stage = update.state
            tenth = -1
        }
        let label = update.state.rawValue.padding(toLength: 12, withPad: " ", startingAt: 0)
        if isTerminal {
            let filled = Int(min(1, max(0, update.fraction)) * 24)
            let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 24 - filled)
            write("\r\(label) [\(bar)] \(update.note)\u{1B}[K")
        } else if Int(update.fraction * 10) > tenth {
            tenth = Int(update.fraction * 10)
            write("\(label) \(Int(update.fraction * 100))% \(update.note)\n")
        }
    }

    func finish() {
        if isTerminal, stage != nil { write("\n") }
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
