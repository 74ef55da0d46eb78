import ArgumentParser
import Basics
import Console
import ServiceKit

@main
struct DeepscConsole: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deepsc-console",
        abstract: "A web page for the daemons: give a face, say what to change, see what arrives.",
        discussion: """
            Serves one page and passes its requests on to the sockets of tx-daemon, snr-relay and rx-daemon. It keeps \
            nothing itself. At the first start it makes a token and prints the address with it; the token stays in \
            `token_file`, which nobody else may read.

            Stops on SIGTERM or SIGINT. Exit codes: 0 stopped · 1 an error, which is logged · 64 wrong usage · 78 the \
            configuration is wrong.

            Example: deepsc-console --config Config/deepsc-console.toml
            """,
        version: "0.1.0"
    )

    @OptionGroup var options: DaemonOptions

    static func main() async {
        await main(NegativeNumbers.commandLine)
    }

    func run() async throws {
        try await options.run("deepsc-console") { configuration, _ in ConsoleDaemon(configuration) }
    }
}
