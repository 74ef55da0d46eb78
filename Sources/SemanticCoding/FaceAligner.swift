import Imaging
import Networks

/// Why a photo could not be brought into the FFHQ frame.
package enum AlignmentError: Error, Equatable, CustomStringConvertible {
    /// The bytes are no picture that can be read.
    case unreadable(String)
    /// There is no memory now to read it with.
    case noMemory
    /// Whoever waited for it wants it no more.
    case interrupted
    /// The detector sees no face.
    case noFace
    /// `--face` names a face that is not there.
    case faceNotThere(asked: Int, found: Int)
    /// The face is too small to say who it is.
    case faceTooSmall(pixels: Int, least: Int)
    /// `--aligned` was said of a picture that is not square.
    case notSquare(width: Int, height: Int)

    package var description: String {
        switch self {
        case .unreadable(let why): "the photo cannot be read: \(why)"
        case .noMemory: "there is no memory left to read the photo: try again later"
        case .interrupted: "the photo is not wanted any more"
        case .noFace: "no face found in the photo: use one in which a face is seen from the front and lit"
        case .faceNotThere(let asked, let found):
            "there is no face \(asked): \(found) found, counted from 0, the largest first"
        case .faceTooSmall(let pixels, let least):
            "the face is only \(pixels) pixels wide; at least \(least) are needed: use a larger photo"
        case .notSquare(let width, let height):
            "a picture said to be aligned must be square, this one is \(width)x\(height)"
        }
    }
}

extension AlignmentError {
    /// As an encoder tells it: an `EncodingRefusal`, or a `CancellationError` where nobody waits for it any more.
    package var refusal: any Error {
        switch self {
        case .interrupted: CancellationError()
        case .noMemory: EncodingRefusal(code: "no_memory", description, isTemporary: true)
        case .noFace: EncodingRefusal(code: "no_face", description)
        case .unreadable, .faceNotThere, .faceTooSmall, .notSquare: EncodingRefusal(code: "photo", description)
        }
    }
}

/// A face in the FFHQ frame.
package struct AlignedFace: Sendable, Equatable {
    /// `FaceAligner.edge` × `FaceAligner.edge` pixels.
    package let square: Picture
    /// Degrees clockwise by which the photo lay wrong: 0, 90, 180 or 270, its EXIF orientation respected.
    package let turned: Int
    /// Where in the photo it lies; nil where it was aligned already.
    package let place: FFHQSquare?

    package init(square: Picture, turned: Int = 0, place: FFHQSquare? = nil) {
        (self.square, self.turned, self.place) = (square, turned, place)
    }
}

/// Brings a photo into the FFHQ frame, in which the generator draws: eyes and mouth at fixed places of a square.
package struct FaceAligner: Sendable {
    /// Edge of the aligned square in pixels.
    package static let edge = 512
    /// Least edge, in photo pixels, of the square that is cut out.
    package static let leastCrop = 64

    private let detector: FaceDetector

    package init(detector: FaceDetector) {
        self.detector = detector
    }

    /// The square around one face.
    ///
    /// - Parameters:
    ///   - photo: a picture file's bytes.
    ///   - face: which face, counted from 0, largest first; the largest when nil.
    ///   - alreadyAligned: the photo is in the FFHQ frame: only its size is changed.
    ///   - before: where the face was in the picture before, of a video: it does not jump about there.
    ///   - checkpoint: called often; what it throws ends the work as `.interrupted`.
    package func align(
        photo: [UInt8],
        face: Int? = nil,
        alreadyAligned: Bool = false,
        before: FFHQSquare? = nil,
        checkpoint: () throws -> Void = {}
    ) throws(AlignmentError) -> AlignedFace {
        let picture: Picture
        do {
            picture = try PictureFile.decode(photo, checkpoint: checkpoint)
        } catch {
            switch error {
            case .interrupted: throw .interrupted
            case .noMemory: throw .noMemory
            default: throw .unreadable("\(error)")
            }
        }
        if alreadyAligned {
            guard picture.width == picture.height else {
                throw .notSquare(width: picture.width, height: picture.height)
            }
            return AlignedFace(square: picture.resizedArea(width: Self.edge, height: Self.edge))
        }
        let (faces, turns) = try detector.detectUpright(in: picture, scoreThreshold: 0.6) {
            () throws(AlignmentError) in
            do {
                try checkpoint()
            } catch {
                throw .interrupted
            }
        }
        guard !faces.isEmpty else { throw .noFace }
        guard faces.indices.contains(face ?? 0) else { throw .faceNotThere(asked: face ?? 0, found: faces.count) }
        let found = FFHQSquare(landmarks: faces[face ?? 0].landmarks.map { ($0.x, $0.y) })
        let square = before.map { found.steadied(after: $0) } ?? found
        guard square.edge >= Double(Self.leastCrop) else {
            throw .faceTooSmall(pixels: Int(square.edge / 2), least: Self.leastCrop / 2)
        }
        return AlignedFace(square: square.cut(from: picture, edge: Self.edge), turned: turns * 90, place: square)
    }
}

/// The FFHQ square from five landmarks (Karras et al., StyleGAN, data set preparation).
package struct FFHQSquare: Sendable, Equatable {
    /// The share of a step that is taken when the face hardly moved, and how far, in edges, it must have moved for all of it.
    private static let leastShare = 0.25, free = 0.05

    let centre: (x: Double, y: Double)
    /// Half of the square's edge along its own x axis.
    let axis: (x: Double, y: Double)

    var edge: Double { 2 * (axis.x * axis.x + axis.y * axis.y).squareRoot() }

    /// - Parameter landmarks: eye, eye, nose, mouth corner, mouth corner; image left before image right.
    init(landmarks p: [(Double, Double)]) {
        let eyes = ((p[0].0 + p[1].0) / 2, (p[0].1 + p[1].1) / 2)
        let between = (p[1].0 - p[0].0, p[1].1 - p[0].1)
        let down = ((p[3].0 + p[4].0) / 2 - eyes.0, (p[3].1 + p[4].1) / 2 - eyes.1)
        // rot90(u) = (−u_y, u_x); x = v − rot90(u)
        var x = (between.0 + down.1, between.1 - down.0)
        let length = max((x.0 * x.0 + x.1 * x.1).squareRoot(), 1e-9)
        let reach = max(
            2.0 * (between.0 * between.0 + between.1 * between.1).squareRoot(),
            1.8 * (down.0 * down.0 + down.1 * down.1).squareRoot()
        )
        x = (x.0 / length * reach, x.1 / length * reach)
        axis = x
        centre = (eyes.0 + 0.1 * down.0, eyes.1 + 0.1 * down.1)
    }

    private init(centre: (x: Double, y: Double), axis: (x: Double, y: Double)) {
        (self.centre, self.axis) = (centre, axis)
    }

    package static func == (a: FFHQSquare, b: FFHQSquare) -> Bool { a.centre == b.centre && a.axis == b.axis }

    /// The square in a video after another one. Landmarks tremble by a few pixels, and the picture with them: small moves are
    /// followed slowly, and large ones at once.
    func steadied(after before: FFHQSquare) -> FFHQSquare {
        let moves = [
            centre.x - before.centre.x, centre.y - before.centre.y, axis.x - before.axis.x, axis.y - before.axis.y,
        ]
        let moved = moves.reduce(0) { $0 + $1 * $1 }.squareRoot() / max(before.edge, 1e-9)
        let share = min(1, max(Self.leastShare, moved / Self.free))
        return FFHQSquare(
            centre: (before.centre.x + share * moves[0], before.centre.y + share * moves[1]),
            axis: (before.axis.x + share * moves[2], before.axis.y + share * moves[3])
        )
    }

    func cut(from picture: Picture, edge: Int) -> Picture {
        // The y axis is rot90 of the x axis.
        let y = (x: -axis.y, y: axis.x)
        return picture.warped(
            AffineMap(
                topLeft: (centre.x - axis.x - y.x, centre.y - axis.y - y.y),
                topRight: (centre.x + axis.x - y.x, centre.y + axis.y - y.y),
                bottomLeft: (centre.x - axis.x + y.x, centre.y - axis.y + y.y),
                width: edge,
                height: edge
            ),
            width: edge,
            height: edge
        )
    }
}
