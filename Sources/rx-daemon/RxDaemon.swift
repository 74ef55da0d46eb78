import ArgumentParser
import Basics
import Receiver
import ServiceKit

@main
struct RxDaemon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rx-daemon",
        abstract: "Receives signals over UDP, draws the faces and acknowledges them.",
        discussion: """
            Each transfer becomes a directory under `results`: ID/picture.png, ID/transfer.json, ID/code.safetensors.

            Stops on SIGTERM or SIGINT, after what is being drawn. SIGHUP reads the configuration again. Exit codes: 0 stopped · 1 an error, which is logged \
            · 64 wrong usage · 78 the configuration is wrong.

            Example: rx-daemon --config Config/rx-daemon.toml
            """,
        version: "0.1.0"
    )

    @OptionGroup var options: DaemonOptions

    static func main() async {
        await main(NegativeNumbers.commandLine)
    }

    func run() async throws {
        try await options.run("rx-daemon") { ReceiverDaemon($0, context: $1) }
    }
}
