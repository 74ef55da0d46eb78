import ArgumentParser
import Foundation

/// How a photo is taken and sent: of all commands that hand one in.
struct SubmissionOptions: ParsableArguments {
    @Option(help: "Which face, counted from 0, the largest first.") var face: Int?
    @Flag(help: "The photo is in the FFHQ frame already.") var aligned = false
    @Option(
        help: "Real channel symbols to send, an even number, 16 to 2048; 512 by default. More give a truer likeness."
    )
    var symbols: Int?
    @Option(
        help: """
            How to code it for the channel: full, the best that is known; linear, without matching the code to the channel, \
            which is quicker; or paper, plain W as published. As the transmitter is configured by default.
            """
    )
    var mode: CodingMode?

    @Flag(help: "Send only the final picture: no draft while the photo is still inverted.") var once = false

    func validate() throws {
        if let symbols, symbols < 1 { throw ValidationError("--symbols must be above zero") }
        if let face, face < 0 { throw ValidationError("--face must be 0 or more") }
    }

    /// Whether none is given.
    var isEmpty: Bool { face == nil && !aligned && symbols == nil && mode == nil && !once }

    /// The query of a request that hands in a photo.
    ///
    /// - Parameter sentence: none when nil.
    func query(sentence: String?) -> String {
        var query: [String] = []
        if let sentence { query.append("sentence=\(sentence.percentEncoded)") }
        if let face { query.append("face=\(face)") }
        if let symbols { query.append("symbols=\(symbols)") }
        if let mode { query.append("mode=\(mode.rawValue)") }
        if once { query.append("once=true") }
        if aligned { query.append("aligned=true") }
        return query.isEmpty ? "" : "?" + query.joined(separator: "&")
    }
}

/// The transmitter's modes.
enum CodingMode: String, CaseIterable, ExpressibleByArgument {
    case full, linear, paper
}
