import ArgumentParser
import ControlAPI

struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Ends a transfer that is not over.",
        discussion: """
            Work on it stops at the next step. What the receiver has got already stays there.

            Example: txctl cancel 3f0a3b0e-95a0-4c5c-8d61-0e6a6c1b8a11
            """
    )

    @OptionGroup var options: SocketOptions
    @Argument(help: "The transfer's id, as submit and list print it, or its first characters.") var id: String

    func run() async throws {
        let record: TransferRecord = try await options.client.ask(.DELETE, "/v1/transfers/\(id.percentEncoded)")
        if options.json { try Terminal.printJSON(record) } else { print("\(record.id)  \(record.state.rawValue)") }
    }
}
