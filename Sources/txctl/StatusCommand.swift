import ArgumentParser
import ControlAPI

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows what is known of a transfer.",
        discussion: "Example: txctl status 3f0a3b0e-95a0-4c5c-8d61-0e6a6c1b8a11 --json"
    )

    @OptionGroup var options: SocketOptions
    @Argument(help: "The transfer's id, as submit and list print it, or its first characters.") var id: String

    func run() async throws {
        let record: TransferRecord = try await options.client.ask(.GET, "/v1/transfers/\(id.percentEncoded)")
        if options.json { try Terminal.printJSON(record) } else { print(Terminal.describe(record)) }
    }
}
