import ArgumentParser
import Foundation
import Networks

struct ModelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models",
        abstract: "Lists the installed models with sizes, hashes and licences.",
        discussion: "Example: modelctl models --json"
    )

    @OptionGroup var options: ModelOptions
    @Flag(help: "One JSON line a model.") var json = false

    func run() throws {
        for entry in try options.store.inventory() {
            if json {
                try printJSON(entry)
                continue
            }
            let state =
                entry.present ? "\(entry.bytes / 1024) KiB" : entry.isOptional ? "not installed, optional" : "MISSING"
            print("\(entry.name)  \(state)\n  role     \(entry.role)")
            if entry.present { print("  licence  \(entry.licence)") }
            print(entry.present ? "  sha256   \(entry.sha256)" : "  get it   \(entry.hint)")
        }
    }
}

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Shows what a safetensors file holds.",
        discussion: "Example: modelctl inspect Models/trained/w-statistics.safetensors"
    )

    @Argument(help: "A safetensors file.") var file: String

    func run() throws {
        let file = try SafetensorsFile(path: file)
        for (key, value) in file.metadata.sorted(by: { $0.key < $1.key }) { print("# \(key): \(value)") }
        var total = 0
        for name in file.names.sorted() {
            let shape = try file.shape(of: name)
            total += shape.reduce(1, *)
            print("\(name)  \(shape)")
        }
        print("# \(file.names.count) tensors, \(total) values")
    }
}
