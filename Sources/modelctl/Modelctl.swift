import ArgumentParser
import Basics
import Foundation
import Imaging
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
            CodesCommand.self, ProfileCommand.self, ImportCommand.self, AdoptCommand.self, TrainCommand.self,
            FineTuneCommand.self,
            EvaluateCommand.self,
        ]
    )

    static func main() {
        main(NegativeNumbers.commandLine)
    }
}

/// The option that says where the models lie.
struct ModelOptions: ParsableArguments {
    @Option(name: .long, help: "Folder that holds imported/ and trained/.")
    var models = ProcessInfo.processInfo.environment["EDITABLE_DEEPSC_MODELS"] ?? Self.installed

    /// The packages' folder, where this program is a package's; else the repository's.
    private static var installed: String {
        let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return program?.hasSuffix("/usr/bin/modelctl") == true ? "/usr/share/editable-deepsc/models" : "Models"
    }

    var store: ModelStore { ModelStore(root: models) }

    /// A store whose plain W is that of a generator of one's own.
    func store(_ own: GeneratorOption) -> ModelStore { ModelStore(root: models, ownGenerator: own.generator) }
}

/// Reads a whole file, with an error that names it.
func readBytes(_ path: String) throws -> [UInt8] {
    do {
        return try AtomicFile.read(path)
    } catch {
        throw ValidationError("\(error)")
    }
}

/// Refuses a result's path before the work, when nothing can be written there.
///
/// - Parameters:
///   - path: nil where none was asked for.
///   - makingFolder: whether the folder is made where it is missing, as who writes safetensors does.
func checkOutput(_ path: String?, makingFolder: Bool = false) throws {
    guard let path else { return }
    do {
        if makingFolder {
            try FileManager.default.createDirectory(
                at: URL(fileURLWithPath: path).deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
        }
        try AtomicFile.checkWritable(path)
    } catch {
        throw ValidationError("\(error)")
    }
}

/// Prints one JSON line with sorted keys.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
