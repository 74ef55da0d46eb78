import ArgumentParser
import Relay
import ServiceKit

@main
struct SnrRelay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snr-relay",
        abstract: "Forwards packets between tx-daemon and rx-daemon and adds noise to the samples in them.",
        discussion: """
            The same seed and the same packets give the same noise. Stops on SIGTERM or SIGINT and logs what it has \
            forwarded. Exit codes: 0 stopped · 1 an error, which is logged · 64 wrong usage · 78 the configuration is \
            wrong.

            Example: snr-relay --config Config/snr-relay.toml --snr-db 6 --seed 1
            """,
        version: "0.1.0"
    )

    @OptionGroup var options: DaemonOptions
    @Option(help: "Es/N0 per complex symbol in dB, instead of the configuration's.") var snrDb: Double?
    @Option(help: "Seed of the noise, instead of the configuration's.") var seed: Int?

    func run() async throws {
        try await options.run("snr-relay") { [snrDb, seed] (configuration: inout RelayConfiguration) in
            if let snrDb { configuration.snrDecibels = snrDb }
            if let seed { configuration.seed = seed }
        } service: {
            RelayDaemon($0, context: $1)
        }
    }
}
