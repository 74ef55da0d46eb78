import ArgumentParser
import Imaging

struct MontageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "montage",
        abstract: "Puts captioned pictures side by side.",
        discussion: "Example: modelctl montage --output m.png \"sent=sent.png\" \"received=received.png\""
    )

    @Option(help: "Where the montage goes, as PNG.") var output: String
    @Option(help: "Edge of each panel in pixels.") var edge = 320
    @Argument(parsing: .allUnrecognized, help: "Panels as CAPTION=FILE; a caption may begin with a dash.")
    var panels: [String]

    func validate() throws {
        guard !panels.isEmpty else { throw ValidationError("a montage needs panels") }
        guard (64...1024).contains(edge) else { throw ValidationError("--edge must be 64 to 1024") }
    }

    func run() throws {
        try checkOutput(output)
        let drawn = try panels.map { panel in
            guard let split = panel.lastIndex(of: "=") else {
                throw ValidationError("a panel is CAPTION=FILE, not \(panel)")
            }
            let picture = try PictureFile.decode(readBytes(String(panel[panel.index(after: split)...])))
            return Montage.Panel(picture: picture, caption: String(panel[..<split]))
        }
        try PictureFile.writePNG(Montage(panels: drawn, panelHeight: edge).picture(), to: output)
    }
}
