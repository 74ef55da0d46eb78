import Foundation
import Imaging
import ServiceKit
import TestSupport
import Testing

/// What the programs make of their command lines; none of it needs a model.
@Suite(.serialized) struct CommandLineTests {
    private let temporary: TemporaryDirectory
    private var directory: String { temporary.path }

    init() throws {
        temporary = try TemporaryDirectory()
    }

    private func modelctl(_ arguments: String...) async throws -> (status: Int32, output: String) {
        try await Program.run("modelctl", arguments, in: directory)
    }

    private func picture(_ name: String) throws -> String {
        let path = "\(directory)/\(name)"
        try PictureFile.writePNG(Picture(width: 64, height: 64, red: 9, green: 8, blue: 7), to: path)
        return path
    }

    /// The paper's own range of SNRs.
    @Test(.timeLimit(.minutes(2)), arguments: ["reception", "inversion", "editing"])
    func evaluationsTakeNegativeSNRs(_ evaluation: String) async throws {
        let snrs = evaluation == "editing" ? ["-6"] : ["-6", "-3", "0"]
        let codes = evaluation == "inversion" ? "--photos" : "--codes"
        let answer = try await Program.run(
            "modelctl",
            ["evaluate", evaluation, codes, "\(directory)/nothing", "--models", directory, "--snr"] + snrs,
            in: directory
        )
        // It got as far as looking for its files.
        #expect(answer.status != 0 && !answer.output.contains("Usage:"), "\(answer.output)")
    }

    @Test(.timeLimit(.minutes(2))) func daemonsAndTxctlTakeNegativeNumbers() async throws {
        let missing = "\(directory)/missing"
        let relay = try await Program.run("snr-relay", ["--config", missing, "--snr-db", "-6"], in: directory)
        #expect(relay.status == 78, "\(relay.output)")
        let change = ["relay", "set", "--socket", missing, "--snr-db", "-6", "--delay-ms", "-5", "--json"]
        let txctl = try await Program.run("txctl", change, in: directory)
        #expect(txctl.status == 3, "\(txctl.output)")
    }

    @Test(.timeLimit(.minutes(2))) func captionsMayBeginWithADash() async throws {
        let (panel, result) = (try picture("a.png"), "\(directory)/m.png")
        let answer = try await modelctl("montage", "--output", result, "-6 dB=\(panel)", "--\u{2192} sent=\(panel)")
        #expect(answer.status == 0, "\(answer.output)")
        #expect(try PictureFile.read(path: result).width > 640)
        #expect(try await modelctl("montage", "--output", result).status != 0)
    }

    @Test(.timeLimit(.minutes(2))) func anOutputThatCannotBeWrittenIsRefusedBeforeTheWork() async throws {
        let photo = try picture("a.png")
        // Were the models looked for first, the complaint would be about them.
        let commands = [["invert", photo, "--picture"], ["edit", photo, "smile", "--output"], ["draw", "--output"]]
        for command in commands {
            for place in ["\(directory)/nowhere/x.png", directory] {
                let arguments = command + [place, "--models", "\(directory)/none"]
                let answer = try await Program.run("modelctl", arguments, in: directory)
                #expect(answer.status != 0 && answer.output.contains("cannot write \(place)"), "\(answer.output)")
            }
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: directory).filter { !$0.hasSuffix(".log") }
        #expect(left == ["a.png"])
    }

    @Test(.timeLimit(.minutes(2))) func aFIFOIsNoPictureAndNoModel() async throws {
        let (photo, fifo) = (try picture("a.png"), "\(directory)/fifo")
        try #require(mkfifo(fifo, 0o600) == 0)
        let answer = try await modelctl("montage", "--output", "\(directory)/m.png", "a=\(photo)", "b=\(fifo)")
        #expect(answer.status != 0 && answer.output.contains("regular file"), "\(answer.output)")
        let model = try await modelctl("inspect", fifo)
        #expect(model.status != 0 && model.output.contains("not a file"), "\(model.output)")
    }
}
