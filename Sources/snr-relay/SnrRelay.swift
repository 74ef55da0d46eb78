import ArgumentParser
import Basics
import Relay
import ServiceKit

@main
struct SnrRelay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snr-relay",
        abstract: "The radio channel between tx-daemon and rx-daemon: noise on the samples, faults on the packets.",
        discussion: """
            Packets may be lost, singly or in bursts, delayed, reordered, doubled and held to a rate, each way. What \
            the relay does not know passes byte for byte. Faults come in named profiles of the configuration, and \
            change while it runs: `txctl relay set`, `txctl relay profile`, `txctl relay status`. With [recording] it \
            writes the samples before and after the channel as SigMF.

            The same seed and the same packets give the same noise and the same losses. Relays may stand in a row: \
            give each a seed of its own. Stops on SIGTERM or SIGINT and logs what it has forwarded. Exit codes: 0 \
            stopped · 1 an error, which is logged · 64 wrong usage · 78 the configuration is wrong.

            Example: snr-relay --config Config/snr-relay.toml --profile office-wifi --snr-db 6 --seed 1
            """,
        version: "0.1.0"
    )

    @OptionGroup var options: DaemonOptions
    @Option(help: "Es/N0 per complex symbol in dB, instead of the configuration's and the profile's.")
    var snrDb: Double?
    @Option(help: "Seed of noise and faults, instead of the configuration's.") var seed: Int?
    @Option(help: "Profile to start with, instead of the configuration's.") var profile: String?

    static func main() async {
        await main(NegativeNumbers.commandLine)
    }

    func run() async throws {
        try await options.run("snr-relay") { [snrDb, seed, profile] (configuration: inout RelayConfiguration) in
            if let snrDb { configuration.snrOverride = snrDb }
            if let seed { configuration.seed = seed }
            if let profile { configuration.profile = profile }
        } service: {
            RelayDaemon($0, context: $1)
        }
    }
}
