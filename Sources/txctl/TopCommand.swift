import ArgumentParser
import ControlAPI
import Foundation

struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Shows how the transmitter is doing, again and again.",
        discussion: """
            Transfers by state, what is not well, and the latest transfers with what they are at. Ctrl-C ends it. Into a \
            pipe or a file it looks once.

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

    private var isRepeated: Bool { !once && isatty(1) == 1 }

    func run() async throws {
        while true {
            let status: TransmitterStatus = try await options.client.ask(.GET, "/v1/status")
            let list: TransferList = try await options.client.ask(.GET, "/v1/transfers")
            if options.json {
                try Terminal.printJSON(status)
            } else {
                if isRepeated { print("\u{1B}[2J\u{1B}[H", terminator: "") }
                print(Self.page(status, list.transfers, at: Date(), rows: 15))
            }
            guard isRepeated else { return }
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
            "tx-daemon \(status.pid), up \(Terminal.age(now.timeIntervalSince(status.started))),"
                + " \(status.spoolBytes >> 20) MiB of finished transfers",
            states.isEmpty ? "no transfers" : states.joined(separator: ", "),
        ]
        if status.dropped != DatagramDrops() { lines.append("dropped datagrams: \(status.dropped.summary)") }
        lines += status.troubles.map { "TROUBLE  \($0)" }
        lines.append("")
        lines += Terminal.table(transfers, at: now, limit: rows)
        return lines.joined(separator: "\n")
    }
}
