import ArgumentParser

@main
struct SnrRelay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "snr-relay")
}
