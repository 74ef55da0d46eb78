import ArgumentParser
import Imaging
import Networks
import SemanticCoding
import SemanticTraining
import Tensor

struct DrawCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "draw",
        abstract: "Draws faces that nobody has.",
        discussion: """
            The same seed gives the same faces. With --frames one of them moves, and the output is a folder.
            Example: modelctl draw --count 8 --seed 1 --output faces.png
            Example: modelctl draw --frames 40 --seed 21 --output video
            """
    )

    @OptionGroup var options: ModelOptions
    @Option(help: "How many faces, eight in a row.") var count = 8
    @Option(help: "Seed of the draws.") var seed: UInt64 = 1
    @Option(help: "How far from the mean face, 0 to 2; 1 is as faces are.") var truncation: Float = 0.7
    @Option(help: "The codes drawn: expanded or w.") var space = LatentKind.w
    @OptionGroup var own: GeneratorOption
    @Option(help: "Edge of each face in pixels: 128, 256, 512 or 1024.") var resolution = 256
    @Option(help: "Pictures of one face that moves, each a file in the folder --output; the codes are expanded ones.")
    var frames: Int?
    @Option(help: "Where the sheet goes, as PNG; with --frames a folder.") var output: String

    @Option(
        help: """
            Faces for a trainer, 128 pixels, each a file in the folder --output: such codes as photos have, every second \
            one edited.
            """
    )
    var pool: Int?

    /// How far a face moves: photos of a person, which its size is taken from, differ in more than that.
    private static let movement: Float = 0.5

    func validate() throws {
        guard (1...1000).contains(count) else { throw ValidationError("--count must be 1 to 1000") }
        if let frames {
            guard (2...10_000).contains(frames) else { throw ValidationError("--frames must be 2 to 10000") }
            guard own.generator == nil else { throw ValidationError("--frames and --generator do not go together") }
        }
        if let pool {
            guard (1...100_000).contains(pool) else { throw ValidationError("--pool must be 1 to 100000") }
            guard frames == nil, own.generator == nil else {
                throw ValidationError("--pool goes with neither --frames nor --generator")
            }
        }
        guard (0...2).contains(truncation) else { throw ValidationError("--truncation must be 0 to 2") }
        if own.generator != nil, space != .w { throw ValidationError("--generator goes with plain W alone") }
        guard [128, 256, 512, 1024].contains(resolution) else {
            throw ValidationError("--resolution must be 128, 256, 512 or 1024")
        }
    }

    func run() throws {
        if let pool { return try drawPool(pool) }
        if let frames { return try drawMoving(frames) }
        try checkOutput(output)
        let space =
            try own.generator.map(options.store.latentSpace(ofImported:))
            ?? options.store.latentSpace(space, network: options.store.generator())
        guard resolution <= space.generator.resolution else {
            throw ValidationError("--resolution must be at most \(space.generator.resolution), which is what it draws")
        }
        var random = SeededGenerator(seed: seed)
        let faces = (0..<count).map { _ in
            let code = space.sample(truncation: truncation, using: &random).value.values
            return space.generator.synthesizePicture(of: code, resolution: resolution)
        }
        try PictureFile.writePNG(Picture(grid: faces, columns: 8), to: output)
    }

    private func drawPool(_ count: Int) throws {
        try checkOutput("\(output)/00000.png", makingFolder: true)
        let faces = try DrawnFaces(models: options.store)
        var random = SeededGenerator(seed: seed)
        var bar = ProgressBar("drawing")
        for number in 0..<count {
            let picture = faces.picture(isEdited: number % 2 == 1, using: &random)
            try PictureFile.writePNG(picture, to: "\(output)/\(Self.padded(number, to: 5)).png")
            bar.update(Double(number + 1) / Double(count), "\(number + 1) of \(count)")
        }
        bar.finish()
    }

    private static func padded(_ number: Int, to digits: Int) -> String {
        String(repeating: "0", count: max(0, digits - "\(number)".count)) + "\(number)"
    }

    private func drawMoving(_ count: Int) throws {
        try checkOutput("\(output)/0000.png", makingFolder: true)
        let space = try options.store.latentSpace(.expanded, network: options.store.generator())
        var random = SeededGenerator(seed: seed)
        let face = space.sample(truncation: truncation, using: &random).value.values
        let movements = try options.store.motionDifferences(of: space)
        var bar = ProgressBar("drawing")
        for (number, move) in (movements?.walk(count: count, size: Self.movement, seed: seed) ?? []).enumerated() {
            bar.update(Double(number) / Double(count), "\(number + 1) of \(count)")
            let code = zip(face, move).map { $0 + $1 }
            let picture = space.generator.synthesizePicture(of: code, resolution: resolution)
            try PictureFile.writePNG(picture, to: "\(output)/\(Self.padded(number, to: 4)).png")
        }
        bar.finish()
    }
}
