import ArgumentParser
import Foundation
import ServiceKit

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists the transfers, the oldest first.",
        discussion: """
            A line each: id, state, sentence. With --json, a JSON line each.

            Example: txctl list --socket demo/run/tx.sock
            """
    )

    @OptionGroup var options: SocketOptions

    func run() async throws {
        let list: TransferList = try await options.client.ask(.GET, "/v1/transfers")
        for record in list.transfers {
            if options.json {
                try Terminal.printJSON(record)
            } else {
                let state = record.state.rawValue.padding(toLength: 13, withPad: " ", startingAt: 0)
                print("\(record.id)  \(state)\(record.sentence)")
            }
        }
    }
}
