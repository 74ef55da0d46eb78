import ArgumentParser

@main
struct TxDaemon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "tx-daemon")
}
