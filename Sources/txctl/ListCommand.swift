import ArgumentParser
import ControlAPI
import Foundation

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the transfers, the newest first.",
        discussion: """
            A line each: id, state, age, how often it was sent, the SNR at the receiver, the sentence. With --json, a \
            JSON line each with all that is known.

            Example: txctl list --limit 5
            """
    )

    @OptionGroup var options: SocketOptions

    @Option(help: "Most transfers to show.") var limit = 50

    func validate() throws {
        guard limit >= 1 else { throw ValidationError("--limit must be 1 or more") }
    }

    func run() async throws {
        let list: TransferList = try await options.client.ask(.GET, "/v1/transfers")
        guard options.json else {
            return print(Terminal.table(list.transfers, at: Date(), limit: limit).joined(separator: "\n"))
        }
        for record in list.transfers.sorted(by: { $0.created > $1.created }).prefix(limit) {
            try Terminal.printJSON(record)
        }
    }
}
