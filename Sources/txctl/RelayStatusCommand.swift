import ArgumentParser

struct RelayStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows the relay's settings and what became of the packets.",
        discussion: """
            A packet received, and each copy made (duplicated), ends as forwarded, lost, rate_limited, queue_full or \
            unroutable. Packets held_back for reordering are forwarded too.

            Example: txctl relay status --json
            """
    )

    @OptionGroup var options: RelayOptions

    func run() async throws {
        try options.show(try await options.client.ask(.GET, "/v1/relay"))
    }
}
