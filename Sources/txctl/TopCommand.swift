import ArgumentParser
import Foundation
import ServiceKit

struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Shows how the transmitter is doing, again and again.",
        discussion: """
            Transfers by state, what is not well, and the latest transfers with what they are at. Ctrl-C ends it.

            Example: txctl top --every 1
            Example: txctl top --once
            """
    )

    @OptionGroup var options: SocketOptions
    @Option(help: "Seconds between two looks.") var every = 2.0
    @Flag(help: "Look once.") var once = false

    func validate() throws {
        guard (0.1...3600).contains(every) else { throw ValidationError("--every must be 0.1 to 3600") }
    }

    func run() async throws {
        while true {
            let status: TransmitterStatus = try await options.client.ask(.GET, "/v1/status")
            let list: TransferList = try await options.client.ask(.GET, "/v1/transfers")
            if options.json {
                try Terminal.printJSON(status)
            } else {
                if !once, isatty(1) == 1 { print("\u{1B}[2J\u{1B}[H", terminator: "") }
                print(Self.page(status, list.transfers, at: Date(), rows: 15))
            }
            guard !once else { return }
            try await Task.sleep(for: .seconds(every))
        }
    }

    /// The whole page.
    ///
    /// - Parameter rows: most transfers to show, the latest first.
    static func page(_ status: TransmitterStatus, _ transfers: [TransferRecord], at now: Date, rows: Int) -> String {
        let states = TransferState.allCases.compactMap { state in
            status.jobs[state.rawValue].map { "\($0) \(state.rawValue)" }
        }
        var lines = [
            "tx-daemon \(status.pid), up \(age(now.timeIntervalSince(status.started))),"
                + " \(status.spoolBytes >> 20) MiB of finished transfers",
            states.isEmpty ? "no transfers" : states.joined(separator: ", "),
        ]
        if status.dropped != DatagramDrops() { lines.append("dropped datagrams: \(status.dropped.summary)") }
        lines += status.troubles.map { "TROUBLE  \($0)" }
        lines.append("")
        lines.append("TRANSFER                              STATE         AGE   SENT  SNR dB  SENTENCE")
        for record in transfers.suffix(rows).reversed() {
            let columns = [
                padded(record.id, 38), padded(record.state.rawValue, 14),
                padded(age(now.timeIntervalSince(record.created)), 6), padded("\(record.signal?.attempts ?? 0)", 6),
                padded(record.reception.map { String(format: "%.1f", $0.snrDecibels) } ?? "-", 8),
            ]
            // A sentence is anybody's text: nothing of it may steer the terminal.
            lines.append(columns.joined() + record.sentence.prefix(60).filter { !$0.isNewline && !isControl($0) })
        }
        return lines.joined(separator: "\n")
    }

    private static func isControl(_ character: Character) -> Bool {
        character.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text.padding(toLength: max(width, text.count + 1), withPad: " ", startingAt: 0)
    }

    private static func age(_ seconds: Double) -> String {
        switch max(0, seconds) {
        case ..<100: "\(Int(max(0, seconds)))s"
        case ..<6000: "\(Int(seconds / 60))m"
        case ..<360_000: "\(Int(seconds / 3600))h"
        default: "\(Int(seconds / 86400))d"
        }
    }
}
