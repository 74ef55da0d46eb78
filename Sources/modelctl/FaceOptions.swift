import ArgumentParser
import Evaluation
import Imaging
import SemanticCoding

/// Which photos an experiment is made with.
struct FaceOptions: ParsableArguments {
    @Option(help: "Photos: a folder, a .tar archive, or CelebA, CelebA-HQ, FFHQ or MetFaces as published.") var faces:
        String
    @Option(help: "folder, tar, celeba, celeba-hq, ffhq, ffhq-thumbnails or metfaces; by default as it looks.")
    var layout: FaceLayout?
    @Option(help: "train, val or test, where the data set has them.") var split: FaceSplit?
    @Option(help: "Most faces.") var limit: Int?
    @Option(help: "Draw them at random with this seed; without it they are the first ones.") var draw: UInt64?
    @Flag(help: "The photos are in the FFHQ frame already.") var aligned = false

    func validate() throws {
        guard limit ?? 1 > 0 else { throw ValidationError("--limit must be above zero") }
    }

    /// The photos, none of them read yet.
    func source() throws -> FaceSource {
        let source = try FaceSource(
            path: faces,
            layout: layout,
            split: split,
            limit: limit,
            seed: draw,
            isAligned: aligned ? true : nil
        )
        guard !source.names.isEmpty else { throw ValidationError("no faces in \(faces)") }
        return source
    }
}

extension FaceSource {
    /// A photo in the FFHQ frame.
    ///
    /// - Parameter edge: in pixels.
    func square(_ name: String, aligner: FaceAligner, edge: Int) throws -> Picture {
        let bytes = try PictureFile.encodePNG(picture(name))
        return try aligner.align(photo: bytes, alreadyAligned: isAligned).square.resizedArea(width: edge, height: edge)
    }
}

extension FaceLayout: ExpressibleByArgument {}
extension FaceSplit: ExpressibleByArgument {}
