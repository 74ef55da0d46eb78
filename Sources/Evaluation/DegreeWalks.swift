import Foundation
import Imaging
import Networks
import SemanticCoding
import SemanticTraining
import Tensor

/// How the predictor's expected degree of one attribute goes along that attribute's editing field.
package struct DegreeWalkScore: Encodable, Sendable {
    package let attribute: String
    /// Faces that were walked from.
    package let faces: Int
    /// Of them, the share whose expected degree never falls by more than `DegreeWalks.slack` on the way up.
    package let monotonic: Double
    /// Steps of the field from the lower border of degree 1, 2, 3 and 4 to its upper one, on average; nil where no face gets there.
    package let steps: [Double?]
}

/// Walks drawn faces along the editing fields, both ways, and looks at their degrees.
package struct DegreeWalks {
    /// What an expected degree may fall and still count as not falling.
    static let slack = 0.02
    /// A walk's stride, in steps of the field, and how many there are to each side.
    private static let stride: Float = 0.5
    private static let strides = 8
    /// Beyond these an attribute has as good as all or none of it.
    private static let ends = 0.05...4.95

    private let space: LatentSpace
    private let student: any StyleGenerator
    private let predictor: AttributePredictor
    /// The clearest picture of each degree, by attribute, and its degree's probability.
    private var clearest: [[(picture: Picture, probability: Double)?]]

    /// - Parameter student: draws the space's codes at 128 pixels.
    package init(space: LatentSpace, student: any StyleGenerator, predictor: AttributePredictor) {
        (self.space, self.student, self.predictor) = (space, student, predictor)
        clearest = AttributePredictor.attributes.map { _ in
            [(Picture, Double)?](repeating: nil, count: AttributePredictor.degrees)
        }
    }

    /// One line an attribute.
    ///
    /// - Parameter fields: by attribute.
    /// - Throws: `FaceCodesError`, and what `progress` throws.
    package mutating func scores(
        faces: Int,
        fields: [String: EditingField],
        seed: UInt64,
        progress: (Double, String) throws -> Void
    ) throws -> [DegreeWalkScore] {
        let codes = try PhotoLikeCodes(space: space, fields: [])
        var walks = AttributePredictor.attributes.map { _ in [[Double]]() }
        var random = SeededGenerator(seed: seed)
        for face in 0..<faces {
            let code = codes.code(using: &random)
            for (head, attribute) in AttributePredictor.attributes.enumerated() {
                try progress(Double(face) / Double(faces), "face \(face + 1) of \(faces), \(attribute)")
                guard let field = fields[attribute] else { continue }
                let start = look(at: code, head: head)
                let (down, up) = (
                    walk(from: code, start, along: field, by: -Self.stride, head: head),
                    walk(from: code, start, along: field, by: Self.stride, head: head)
                )
                walks[head].append(down.reversed() + [start] + up)
            }
        }
        return AttributePredictor.attributes.indices.map { head in
            let attribute = AttributePredictor.attributes[head]
            let rising = walks[head].count { walk in zip(walk, walk.dropFirst()).allSatisfy { $1 > $0 - Self.slack } }
            return DegreeWalkScore(
                attribute: attribute,
                faces: walks[head].count,
                monotonic: Double(rising) / Double(max(1, walks[head].count)),
                steps: (1...4).map { Self.width(of: $0, walks[head]) }
            )
        }
    }

    /// A row an attribute, a column a degree: the clearest faces of each that were met.
    package var sheet: Picture {
        let edge = AttributePredictor.edge
        let none = Picture(width: edge, height: edge, pixels: [UInt8](repeating: 255, count: edge * edge * 3))
        return Picture(grid: clearest.flatMap { $0.map { $0?.picture ?? none } }, columns: AttributePredictor.degrees)
    }

    /// Expected degrees behind a code of expected degree `start`.
    private mutating func walk(
        from code: Tensor,
        _ start: Double,
        along field: EditingField,
        by stride: Float,
        head: Int
    ) -> [Double] {
        var (moved, means) = (Variable(code), [Double]())
        for _ in 0..<Self.strides where Self.ends.contains(means.last ?? start) {
            moved = moved + field(moved) * stride
            means.append(look(at: moved.value, head: head))
        }
        return means
    }

    private mutating func look(at code: Tensor, head: Int) -> Double {
        let picture = student.synthesizePicture(of: code.values, resolution: AttributePredictor.edge)
        let logits = predictor.logits(picture.networkInput).value.values
        let probabilities = AttributePredictor.probabilities(logits, head: head)
        let degree = AttributePredictor.likeliestDegrees(logits)[head]
        if probabilities[degree] > clearest[head][degree]?.probability ?? 0 {
            clearest[head][degree] = (picture, probabilities[degree])
        }
        return AttributePredictor.meanDegrees(logits)[head]
    }

    /// Steps from expected degree k − ½ to k + ½, on the walks that go from one to the other.
    private static func width(of degree: Int, _ walks: [[Double]]) -> Double? {
        func place(_ border: Double, _ walk: [Double]) -> Double? {
            guard let above = walk.firstIndex(where: { $0 >= border }), above > 0 else { return nil }
            let (low, high) = (walk[above - 1], walk[above])
            return Double(above - 1) + (border - low) / max(1e-9, high - low)
        }
        let widths = walks.compactMap { walk -> Double? in
            guard let from = place(Double(degree) - 0.5, walk), let to = place(Double(degree) + 0.5, walk) else {
                return nil
            }
            return (to - from) * Double(stride)
        }
        return widths.isEmpty ? nil : widths.reduce(0, +) / Double(widths.count)
    }
}
