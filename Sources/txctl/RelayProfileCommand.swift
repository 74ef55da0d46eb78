import ArgumentParser
import ControlAPI
import Foundation

struct RelayProfileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Applies a profile of the relay's configuration, or lists them.",
        discussion: """
            A profile sets the whole channel and all faults of both directions, and the SNR where it names one. \
            Without a name, the profiles are listed.

            Example: txctl relay profile office-wifi
            """
    )

    @OptionGroup var options: RelayOptions
    @Argument(help: "The profile's name.") var name: String?

    func run() async throws {
        if let name {
            return try options.show(try await options.client.ask(.POST, "/v1/relay/profiles/\(name.percentEncoded)"))
        }
        let list: LinkProfileList = try await options.client.ask(.GET, "/v1/relay/profiles")
        if options.json { return try Terminal.printJSON(list) }
        for (name, profile) in list.profiles.sorted(by: { $0.key < $1.key }) {
            print("\(name)  \(profile.description)")
            if let snr = profile.snrDecibels { print("    SNR \(snr) dB") }
            print("    channel: \(profile.channel.summary)")
            print("    forward: \(profile.forward.summary)\n    back: \(profile.back.summary)")
        }
    }
}
