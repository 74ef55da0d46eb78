import ArgumentParser
import Foundation
import Networks

@main
struct Modelctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "modelctl",
        abstract: "Fetches, inspects, runs, trains and scores the networks of editable-deepsc; needs no daemon.",
        discussion: """
            Examples:
              modelctl models
              modelctl edit docs/images/astronaut.png "she should not smile" --output edited.png
              echo "give him a short beard" | modelctl parse

            Exit codes: 0 done; 1 the work failed (the message says why); 64 wrong arguments.
            """,
        version: "0.1.0",
        subcommands: [
            ModelsCommand.self, InspectCommand.self, InvertCommand.self, EditCommand.self, ParseCommand.self,
            ScoreCommand.self, LPIPSCommand.self, IdentityCommand.self, MontageCommand.self, DrawCommand.self,
            CodesCommand.self, TrainCommand.self, EvaluateCommand.self,
        ]
    )
}

/// The option that says where the models lie.
struct ModelOptions: ParsableArguments {
    @Option(name: .long, help: "Folder that holds imported/ and trained/.")
    var models = ProcessInfo.processInfo.environment["EDITABLE_DEEPSC_MODELS"] ?? "Models"

    var store: ModelStore { ModelStore(root: models) }
}

/// Reads a whole file, with an error that names it.
func readBytes(_ path: String) throws -> [UInt8] {
    do {
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
        throw ValidationError("cannot read \(path): \(error.localizedDescription)")
    }
}

/// Prints one JSON line with sorted keys.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
