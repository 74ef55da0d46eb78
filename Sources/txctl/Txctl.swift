import ArgumentParser

@main
struct Txctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "txctl")
}
