import ArgumentParser

struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Shows a transfer's progress until it is over.",
        discussion: """
            Ends with the exit code that `submit --wait` would have ended with.

            Example: txctl watch 3f0a3b0e-95a0-4c5c-8d61-0e6a6c1b8a11 --timeout 300
            """
    )

    @OptionGroup var options: SocketOptions
    @Argument(help: "The transfer's id, as submit and list print it, or its first characters.") var id: String
    @Option(help: "Most seconds to wait. The transfer goes on afterwards.") var timeout: Double?

    func run() async throws {
        try await watchToTheEnd(id, options: options, timeout: timeout)
    }
}
