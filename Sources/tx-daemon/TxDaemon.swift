import ArgumentParser
import Basics
import ServiceKit
import Transmitter

@main
struct TxDaemon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tx-daemon",
        abstract: "Takes photos and sentences on a unix socket and sends edited faces over UDP.",
        discussion: """
            Stops on SIGTERM or SIGINT: what is on the air is given some time to be acknowledged; everything else goes \
            on after the next start. SIGHUP reads the configuration again. Exit codes: 0 stopped · 1 an error, which is logged · 64 wrong usage · 78 the \
            configuration is wrong.

            Example: tx-daemon --config Config/tx-daemon.toml
            """,
        version: "0.1.0"
    )

    @OptionGroup var options: DaemonOptions

    static func main() async {
        await main(NegativeNumbers.commandLine)
    }

    func run() async throws {
        try await options.run("tx-daemon") { TransmitterDaemon($0, context: $1) }
    }
}
