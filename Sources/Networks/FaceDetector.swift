import Imaging

/// Finds faces of any size in pictures of any size, upright or not.
///
/// YuNet sees faces of about 10 to 300 pixels that stand upright. So it is run on the picture at most 640 pixels long,
/// and on that halved and halved again, where close-ups become small enough; and on larger pictures also in tiles of the
/// picture at 0.32 of its size, where 50 pixels of a face are still 16, and on that quartered. A face that was small, in a
/// picture that has more pixels to show, is looked at again in its own cut-out. Where the best face is doubtful, the
/// picture is looked at from its other three sides as well.
public final class FaceDetector: Sendable {
    /// Longest edge of the picture as it is seen first.
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
    /// Share of a large picture's size at which its small faces are looked for.
    private static let finestScale = 0.32
    /// Least score in a tile of what is then looked at in its own cut-out.
    private static let hintScore = 0.45
    /// Edge of a tile, and how much of it the next one sees again: more than the faces left to tiles.
    private static let tile = 960
    private static let tileOverlap = 160
    /// Small faces that tiles may bring.
    private static let mostSmall = 64
    /// A face of this score settles that the picture stands upright: no turned one comes to it
    /// (docs/experiments/0017-turned-and-small-faces.md).
    private static let sureScore = 0.925
    /// Another side must say so much more.
    private static let turnMargin = 0.01
    /// With a face of this score among the large ones, small ones need not say how the picture stands.
    private static let plainScore = 0.75

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
    ///   - width: in pixels.
    ///   - height: in pixels.
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
        let search = Search(picture: picture, scoreThreshold: scoreThreshold, checkpoint: {})
        let small = confirmed(hints(search, checkpoint: {}), search, checkpoint: {})
        return Self.together(largeFaces(search, checkpoint: {}), small)
    }

    /// The faces in a picture that may lie on its side or stand on its head, largest first, and how many quarter turns
    /// clockwise set it upright. Coordinates are the picture's as it is; landmarks come in the order of an upright face.
    ///
    /// - Parameters:
    ///   - picture: of any size.
    ///   - scoreThreshold: least score, 0…1.
    ///   - checkpoint: called every few hundred milliseconds; what it throws is passed on.
    public func detectUpright<Failure: Error>(
        in picture: Picture,
        scoreThreshold: Double,
        checkpoint: () throws(Failure) -> Void
    ) throws(Failure) -> (faces: [DetectedFace], quarterTurns: Int) {
        let upright = try Search(picture: picture, scoreThreshold: scoreThreshold, checkpoint: checkpoint)
        let searches = (0..<4).map { upright.turned($0) }
        func best(_ found: [[DetectedFace]]) -> (turns: Int, score: Double) {
            let scores = found.map { $0.map(\.score).max() ?? 0 }
            let turned = scores.indices.dropFirst().max { scores[$0] < scores[$1] } ?? 0
            let turns = scores[turned] > scores[0] + Self.turnMargin ? turned : 0
            return (turns, scores[turns])
        }
        var large = [try largeFaces(searches[0], checkpoint: checkpoint)]
        if best(large).score < Self.sureScore {
            for search in searches.dropFirst() { large.append(try largeFaces(search, checkpoint: checkpoint)) }
        }
        var (turns, score) = best(large)
        var hints = try hints(searches[turns], checkpoint: checkpoint)
        if score < Self.plainScore {
            // Where only small ones are seen, if any, they say how it stands.
            var small = try searches.map { search throws(Failure) in
                try confirmed(hints, search, checkpoint: checkpoint)
            }
            if small.allSatisfy(\.isEmpty) {
                for turns in 1..<4 {
                    let others = try self.hints(searches[turns], checkpoint: checkpoint)
                    small[turns] = try confirmed(others, searches[turns], checkpoint: checkpoint)
                }
            }
            let all = zip(large, small).map { Self.together($0, $1) }
            let before = turns
            (turns, _) = best(all)
            if turns != before { hints = try self.hints(searches[turns], checkpoint: checkpoint) }
        }
        let small = try confirmed(hints, searches[turns], checkpoint: checkpoint)
        return (Self.together(large[turns], small), turns)
    }

    /// One look at a picture from one side.
    private struct Search {
        let picture: Picture
        /// The picture, or a large one scaled down to where small faces are just seen: what is scaled down further.
        let base: Picture
        /// Quarter turns clockwise before the network sees it.
        private(set) var turns = 0
        let scoreThreshold: Double

        init<Failure: Error>(
            picture: Picture,
            scoreThreshold: Double,
            checkpoint: () throws(Failure) -> Void
        ) throws(Failure) {
            (self.picture, self.scoreThreshold) = (picture, scoreThreshold)
            let edge = Int(Double(max(picture.width, picture.height)) * FaceDetector.finestScale)
            base =
                edge > FaceDetector.longestEdge
                ? try picture.scaled(longestEdge: edge, checkpoint: checkpoint) : picture
        }

        /// The same from another side.
        func turned(_ turns: Int) -> Search {
            var search = self
            search.turns = turns
            return search
        }

        var longer: Int { max(picture.width, picture.height) }
        var hasTiles: Bool { base.width != picture.width }

        /// A face in a picture that `part`, which shows all of the picture, was given as, in the picture's pixels.
        func inPicture(_ face: DetectedFace, from part: Picture, x: Int = 0, y: Int = 0) -> DetectedFace {
            let across = Double(picture.width) / Double(part.width)
            let down = Double(picture.height) / Double(part.height)
            return face.scaled(
                horizontally: across,
                vertically: down,
                offset: .init(x: Double(x) * across, y: Double(y) * down)
            )
        }
    }

    /// Faces that are not too small for the whole picture to be seen at once.
    private func largeFaces<Failure: Error>(
        _ search: Search,
        checkpoint: () throws(Failure) -> Void
    ) throws(Failure) -> [DetectedFace] {
        var found = try coarseFaces(search, checkpoint: checkpoint)
        guard search.longer > Self.longestEdge else { return found }
        found.sort { $0.area > $1.area }
        for index in found.indices.prefix(Self.mostRefined) {
            try checkpoint()
            found[index] = refined(found[index], search) ?? found[index]
        }
        return found
    }

    /// Large faces and the small ones that are none of them, largest first.
    private static func together(_ large: [DetectedFace], _ small: [DetectedFace]) -> [DetectedFace] {
        var all = large
        for face in small where !all.contains(where: { $0.isSameFace(as: face) }) { all.append(face) }
        return all.sorted { $0.area > $1.area }
    }

    /// Faces seen with the longer edge scaled down to `longestEdge`, half of it, a quarter and so on.
    private func coarseFaces<Failure: Error>(
        _ search: Search,
        checkpoint: () throws(Failure) -> Void
    ) throws(Failure) -> [DetectedFace] {
        var found: [DetectedFace] = []
        let finest = min(Self.longestEdge, search.longer)
        var edge = finest
        while true {
            try checkpoint()
            let level = detect(in: search.base, longestEdge: edge, search).map {
                search.inPicture($0, from: search.base)
            }
            let scale = Double(edge) / Double(search.longer)
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
        return found
    }

    /// Where small faces of a large picture may be, as tiles show them.
    private func hints<Failure: Error>(
        _ search: Search,
        checkpoint: () throws(Failure) -> Void
    ) throws(Failure) -> [DetectedFace] {
        guard search.hasTiles else { return [] }
        var found: [DetectedFace] = []
        var edge = max(search.base.width, search.base.height)
        while edge > Self.longestEdge {
            try checkpoint()
            let level = search.base.scaled(longestEdge: edge)
            for tile in level.tiles(edge: Self.tile, overlap: Self.tileOverlap) {
                try checkpoint()
                let part = level.cropped(x: tile.x, y: tile.y, width: tile.width, height: tile.height)
                let edge = max(tile.width, tile.height)
                found += detect(in: part, longestEdge: edge, search, scoreThreshold: Self.hintScore)
                    .filter { tile.holds($0, of: level) }
                    .map { search.inPicture($0, from: level, x: tile.x, y: tile.y) }
            }
            edge /= 4
        }
        return Array(DetectedFace.suppressed(found, limit: Self.overlapLimit).prefix(Self.mostSmall))
    }

    /// Those of the hints in whose cut-outs a face is seen.
    private func confirmed<Failure: Error>(
        _ hints: [DetectedFace],
        _ search: Search,
        checkpoint: () throws(Failure) -> Void
    ) throws(Failure) -> [DetectedFace] {
        var confirmed: [DetectedFace] = []
        for face in hints {
            try checkpoint()
            if let face = refined(face, search, always: true) { confirmed.append(face) }
        }
        return DetectedFace.suppressed(confirmed, limit: Self.overlapLimit)
    }

    /// Faces seen with the picture's longer edge scaled down to `longestEdge`, in the picture's own pixels.
    private func detect(
        in picture: Picture,
        longestEdge: Int,
        _ search: Search,
        scoreThreshold: Double? = nil
    ) -> [DetectedFace] {
        let scaled = picture.scaled(longestEdge: longestEdge)
        let faces = DetectedFace.suppressed(
            net.candidates(
                in: scaled.turned(quarters: search.turns),
                scoreThreshold: scoreThreshold ?? search.scoreThreshold
            ),
            limit: Self.overlapLimit
        )
        return faces.map {
            $0.turnedBack(quarters: search.turns, width: Double(scaled.width), height: Double(scaled.height)).scaled(
                horizontally: Double(picture.width) / Double(scaled.width),
                vertically: Double(picture.height) / Double(scaled.height)
            )
        }
    }

    /// The same face seen in a cut-out of three times its size, when that shows more of it.
    ///
    /// - Parameter always: whether it is looked at whatever its size.
    /// - Returns: nil when it is not seen again; the face itself when it was large enough.
    private func refined(
        _ face: DetectedFace,
        _ search: Search,
        always: Bool = false
    ) -> DetectedFace? {
        let picture = search.picture
        let size = max(face.width, face.height)
        let isSmall = size * Double(Self.longestEdge) / Double(search.longer) < Self.refinedBelow
        guard always || isSmall else { return face }
        let left = max(0, Int(face.x - size)), top = max(0, Int(face.y - size))
        let right = min(picture.width, Int(face.x + face.width + size))
        let bottom = min(picture.height, Int(face.y + face.height + size))
        guard right > left, bottom > top else { return nil }
        let part = picture.cropped(x: left, y: top, width: right - left, height: bottom - top)
        let edge = min(Self.longestEdge, max(part.width, part.height))
        let closer = detect(in: part, longestEdge: edge, search)
            .map { $0.scaled(horizontally: 1, vertically: 1, offset: .init(x: Double(left), y: Double(top))) }
        guard let best = closer.max(by: { $0.overlap(with: face) < $1.overlap(with: face) }),
            best.overlap(with: face) > 0.4
        else { return nil }
        return best
    }
}

/// A part of a picture that the network sees at once.
private struct Tile {
    let x, y, width, height: Int

    /// Whether a face, in the tile's own pixels, ends within the tile or where the whole picture ends: another tile sees
    /// the rest of it.
    func holds(_ face: DetectedFace, of whole: Picture) -> Bool {
        (face.x >= 0 || x == 0) && (face.y >= 0 || y == 0)
            && (face.x + face.width <= Double(width) || x + width == whole.width)
            && (face.y + face.height <= Double(height) || y + height == whole.height)
    }
}

extension Picture {
    /// Area-averaged to this longer edge.
    fileprivate func scaled<Failure: Error>(
        longestEdge: Int,
        checkpoint: () throws(Failure) -> Void
    ) throws(Failure) -> Picture {
        let scale = Double(longestEdge) / Double(max(width, height))
        return try resizedArea(
            width: max(1, Int((Double(width) * scale).rounded())),
            height: max(1, Int((Double(height) * scale).rounded())),
            checkpoint: checkpoint
        )
    }

    fileprivate func scaled(longestEdge: Int) -> Picture { scaled(longestEdge: longestEdge, checkpoint: {}) }

    /// Parts of at most `edge` pixels that overlap by `overlap` at least and cover everything.
    fileprivate func tiles(edge: Int, overlap: Int) -> [Tile] {
        func spans(_ length: Int) -> [(start: Int, length: Int)] {
            guard length > edge else { return [(0, length)] }
            let count = (length - overlap + edge - overlap - 1) / (edge - overlap)
            return (0..<count).map { ((length - edge) * $0 / (count - 1), edge) }
        }
        return spans(height).flatMap { row in
            spans(width).map { Tile(x: $0.start, y: row.start, width: $0.length, height: row.length) }
        }
    }
}

/// What is wrong with a picture given to the detector.
public enum FaceDetectorError: Error, Equatable, CustomStringConvertible {
    case wrongSize(width: Int, height: Int, bytes: Int)

    /// For people.
    public var description: String {
        switch self {
        case .wrongSize(let width, let height, let bytes):
            "\(bytes) bytes are not a picture of \(width)x\(height) RGB pixels"
        }
    }
}
