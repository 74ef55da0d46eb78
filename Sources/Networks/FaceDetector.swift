import Imaging

/// Finds faces of any size in pictures of any size.
///
/// YuNet sees faces of about 10 to 300 pixels. So it is run on the picture at most 640 pixels long, and on that
/// halved and halved again, where close-ups become small enough; and a face that was small there, in a picture that
/// has more pixels to show, is looked at again in its own cut-out.
public final class FaceDetector: Sendable {
    /// Longest edge the network is run on.
    static let longestEdge = 640
    /// Faces larger than this are left to a coarser level.
    private static let largestFace = 320.0
    /// Faces smaller than this on a coarser level were the finer level's to find.
    private static let smallestCloseUp = 75.0
    private static let coarsestEdge = 100
    private static let overlapLimit = 0.3
    /// Faces smaller than this, after the picture was scaled down, are looked at again.
    private static let refinedBelow = 100.0
    private static let mostRefined = 16

    private let net: YuNet

    /// Takes the tensors of `yunet.safetensors`.
    ///
    /// - Throws: `SafetensorsError` when one is missing or misshapen.
    public init(weights: SafetensorsFile) throws(SafetensorsError) {
        net = try YuNet(weights: weights)
    }

    /// The faces in a picture, largest first.
    ///
    /// - Parameters:
    ///   - rgb: `width` × `height` × 3 bytes, rows from the top.
    ///   - scoreThreshold: least score, 0…1; OpenCV's samples use 0.9, 0.6 finds turned and shaded faces.
    /// - Throws: `FaceDetectorError` when `rgb` does not fill the picture.
    public func detect(
        rgb: [UInt8],
        width: Int,
        height: Int,
        scoreThreshold: Double
    ) throws(FaceDetectorError) -> [DetectedFace] {
        guard width > 0, height > 0, rgb.count.isMultiple(of: width), rgb.count / width == height * 3 else {
            throw .wrongSize(width: width, height: height, bytes: rgb.count)
        }
        let picture = Picture(width: width, height: height, pixels: rgb)
        var found: [DetectedFace] = []
        let finest = min(Self.longestEdge, max(width, height))
        var edge = finest
        while true {
            let level = detect(in: picture, longestEdge: edge, scoreThreshold: scoreThreshold)
            let scale = Double(edge) / Double(max(width, height))
            let coarserFollows = edge / 2 >= Self.coarsestEdge
            for face in level where !found.contains(where: { $0.isSameFace(as: face) }) {
                let size = max(face.width, face.height) * scale
                let leftToCoarser = coarserFollows && size > Self.largestFace
                let leftToFiner = edge < finest && size < Self.smallestCloseUp
                if !leftToCoarser && !leftToFiner { found.append(face) }
            }
            guard coarserFollows else { break }
            edge /= 2
        }
        found.sort { $0.area > $1.area }
        if max(width, height) > Self.longestEdge {
            for index in found.indices.prefix(Self.mostRefined) {
                found[index] = refined(found[index], in: picture, scoreThreshold: scoreThreshold)
            }
            found.sort { $0.area > $1.area }
        }
        return found
    }

    /// Faces seen with the picture's longer edge scaled down to `longestEdge`, in the picture's own pixels.
    private func detect(in picture: Picture, longestEdge: Int, scoreThreshold: Double) -> [DetectedFace] {
        let longer = max(picture.width, picture.height)
        let scale = Double(longestEdge) / Double(longer)
        let width = max(1, Int((Double(picture.width) * scale).rounded()))
        let height = max(1, Int((Double(picture.height) * scale).rounded()))
        let scaled = picture.resizedArea(width: width, height: height)
        let faces = DetectedFace.suppressed(
            net.candidates(in: scaled, scoreThreshold: scoreThreshold),
            limit: Self.overlapLimit
        )
        return faces.map {
            $0.scaled(
                horizontally: Double(picture.width) / Double(width),
                vertically: Double(picture.height) / Double(height)
            )
        }
    }

    /// The same face seen in a cut-out of three times its size, when that shows more of it.
    private func refined(_ face: DetectedFace, in picture: Picture, scoreThreshold: Double) -> DetectedFace {
        let size = max(face.width, face.height)
        guard size * Double(Self.longestEdge) / Double(max(picture.width, picture.height)) < Self.refinedBelow else {
            return face
        }
        let left = max(0, Int(face.x - size)), top = max(0, Int(face.y - size))
        let right = min(picture.width, Int(face.x + face.width + size))
        let bottom = min(picture.height, Int(face.y + face.height + size))
        guard right > left, bottom > top else { return face }
        let part = picture.cropped(x: left, y: top, width: right - left, height: bottom - top)
        let edge = min(Self.longestEdge, max(part.width, part.height))
        let closer = detect(in: part, longestEdge: edge, scoreThreshold: scoreThreshold)
            .map { $0.scaled(horizontally: 1, vertically: 1, offset: .init(x: Double(left), y: Double(top))) }
        let best = closer.max { $0.overlap(with: face) < $1.overlap(with: face) }
        guard let best, best.overlap(with: face) > 0.4 else { return face }
        return best
    }
}

/// What is wrong with a picture given to the detector.
public enum FaceDetectorError: Error, Equatable, CustomStringConvertible {
    case wrongSize(width: Int, height: Int, bytes: Int)

    public var description: String {
        switch self {
        case .wrongSize(let width, let height, let bytes):
            "\(bytes) bytes are not a picture of \(width)x\(height) RGB pixels"
        }
    }
}
