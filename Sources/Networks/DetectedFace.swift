import Glibc

/// A face in a picture. Coordinates are pixels of the picture given, (0, 0) its upper left corner.
public struct DetectedFace: Sendable, Codable, Equatable {
    /// A point in the picture.
    public struct Point: Sendable, Codable, Equatable {
        /// In pixels, to the right and down.
        public var x, y: Double

        /// A place in pixels of the photo.
        public init(x: Double, y: Double) {
            (self.x, self.y) = (x, y)
        }
    }

    /// Upper left corner and size of the box; it may reach beyond the picture.
    public var x, y, width, height: Double
    /// Right eye, left eye, nose, right and left corner of the mouth: right and left of the person, so that in an
    /// upright face the image-left point comes first.
    public var landmarks: [Point]
    /// Between 0 and 1.
    public var score: Double

    /// A face as the detector sees it.
    public init(x: Double, y: Double, width: Double, height: Double, landmarks: [Point], score: Double) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
        (self.landmarks, self.score) = (landmarks, score)
    }

    var area: Double { width * height }

    /// The angle, clockwise in radians, by which the line from the image-left to the image-right eye is turned.
    var roll: Double {
        guard landmarks.count > 1 else { return 0 }
        return atan2(landmarks[1].y - landmarks[0].y, landmarks[1].x - landmarks[0].x)
    }

    /// Intersection over union of the boxes.
    func overlap(with other: DetectedFace) -> Double {
        let across = min(x + width, other.x + other.width) - max(x, other.x)
        let down = min(y + height, other.y + other.height) - max(y, other.y)
        guard across > 0, down > 0 else { return 0 }
        return across * down / (area + other.area - across * down)
    }

    /// Whether the centre of one box lies in the other.
    func isSameFace(as other: DetectedFace) -> Bool {
        contains(other.x + other.width / 2, other.y + other.height / 2)
            || other.contains(x + width / 2, y + height / 2)
    }

    private func contains(_ pointX: Double, _ pointY: Double) -> Bool {
        pointX > x && pointX < x + width && pointY > y && pointY < y + height
    }

    /// The face in a picture of which this one's is a part, `factor` times larger and moved by the offset.
    func scaled(horizontally: Double, vertically: Double, offset: Point = Point(x: 0, y: 0)) -> DetectedFace {
        DetectedFace(
            x: x * horizontally + offset.x,
            y: y * vertically + offset.y,
            width: width * horizontally,
            height: height * vertically,
            landmarks: landmarks.map { Point(x: $0.x * horizontally + offset.x, y: $0.y * vertically + offset.y) },
            score: score
        )
    }

    /// The face in a picture of `width` × `height`, of which this one's is that turned clockwise by quarters.
    func turnedBack(quarters: Int, width: Double, height: Double) -> DetectedFace {
        func back(_ point: Point) -> Point {
            switch quarters % 4 {
            case 1: Point(x: point.y, y: height - point.x)
            case 2: Point(x: width - point.x, y: height - point.y)
            case 3: Point(x: width - point.y, y: point.x)
            default: point
            }
        }
        let (one, other) = (back(Point(x: x, y: y)), back(Point(x: x + self.width, y: y + self.height)))
        return DetectedFace(
            x: min(one.x, other.x),
            y: min(one.y, other.y),
            width: abs(one.x - other.x),
            height: abs(one.y - other.y),
            landmarks: landmarks.map(back),
            score: score
        )
    }

    /// Non-maximum suppression: of faces that overlap by more than `limit` only the best scored stays.
    static func suppressed(_ faces: [DetectedFace], limit: Double) -> [DetectedFace] {
        var kept: [DetectedFace] = []
        for face in faces.sorted(by: { $0.score > $1.score })
        where !kept.contains(where: { $0.overlap(with: face) > limit }) {
            kept.append(face)
        }
        return kept
    }
}
