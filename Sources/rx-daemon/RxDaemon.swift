import ArgumentParser

@main
struct RxDaemon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rx-daemon")
}
