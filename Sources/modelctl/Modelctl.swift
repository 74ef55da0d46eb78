import ArgumentParser

@main
struct Modelctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "modelctl")
}
