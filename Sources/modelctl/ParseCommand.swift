import ArgumentParser
import Foundation
import SemanticCoding

struct ParseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parse",
        abstract: "Reads editing requests, one a line, from standard input.",
        discussion: """
            Prints one JSON line for each: attribute, kind (change or target), direction (1, -1 or null), degree; or
            {"refused": "why"}.
            Example: echo "give him a short beard" | modelctl parse
            """
    )

    @OptionGroup var options: ModelOptions

    func run() throws {
        let encoder = try TextSemanticEncoder(models: options.store)
        while let line = readLine() {
            switch Result(catching: { () throws(RequestRefusal) in try encoder.read(line) }) {
            case .success(let request): try printJSON(request)
            case .failure(let refusal): try printJSON(["refused": refusal.description])
            }
            // Whoever reads the answers through a pipe gets each one at once.
            fflush(nil)
        }
    }
}
