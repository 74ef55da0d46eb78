import Basics
import Foundation
import Imaging
import Tensor

/// Why a data set cannot be used.
package enum FaceDatasetError: Error, CustomStringConvertible {
    case noLabels(String)
    case noPictures(String)
    case wrongSize(file: String, width: Int, height: Int)

    package var description: String {
        switch self {
        case .noLabels(let path):
            "\(path) is no label table: its first line must be file,split,source,identity and the attributes' names"
        case .noPictures(let folder): "none of the labelled pictures lies in \(folder): unpack the archives there"
        case .wrongSize(let file, let width, let height):
            "\(file) is \(width)x\(height): pictures must be 128x128 in the FFHQ frame"
        }
    }
}

/// Labelled 128 × 128 faces in the FFHQ frame with CelebA's binary attributes, held in memory as bytes.
package struct FaceDataset: Sendable {
    package static let edge = 128
    /// Names of the binary attributes, in the table's order.
    package let attributes: [String]
    /// RGB bytes of each picture, edge × edge × 3.
    package let pictures: [[UInt8]]
    /// One row of 0 and 1 for each picture.
    package let labels: [[Float]]

    package var count: Int { pictures.count }

    /// The files of one split of a label table, present or not.
    ///
    /// - Throws: `FaceDatasetError.noLabels`, `FileError`.
    package static func files(of split: String, in table: String) throws -> Set<String> {
        Set(try rows(of: split, in: table).rows.map { String($0[0]) })
    }

    /// The files of the people of one split who have several sharp photos, two each, in the table's order.
    ///
    /// - Throws: `FaceDatasetError.noLabels`, `FileError`.
    package static func pairs(of split: String, in table: String) throws -> [(String, String)] {
        var first: [Substring: Substring] = [:]
        var (pairs, paired): ([(String, String)], Set<Substring>) = ([], [])
        for cells in try rows(of: split, in: table).rows where cells[2] == "crop" && !paired.contains(cells[3]) {
            if let other = first[cells[3]] {
                pairs.append((String(other), String(cells[0])))
                paired.insert(cells[3])
            } else {
                first[cells[3]] = cells[0]
            }
        }
        return pairs
    }

    /// The names of a label table's attributes, and the cells of the lines of one split.
    private static func rows(
        of split: String,
        in table: String
    ) throws -> (attributes: [String], rows: [[Substring]]) {
        let text = String(decoding: try AtomicFile.read(table), as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline)
        let header = lines.first.map { $0.split(separator: ",").map(String.init) } ?? []
        guard header.count > 4, header[0] == "file", header[1] == "split" else {
            throw FaceDatasetError.noLabels(table)
        }
        let rows = lines.dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        return (Array(header[4...]), rows.filter { $0.count == header.count && $0[1] == split })
    }

    /// Reads the pictures of one split (`train` or `test`) that are present in `folder`.
    ///
    /// - Parameter limit: at most so many, the first of the table; for trials.
    /// - Throws: `FaceDatasetError`, `PictureError`.
    package init(folder: String, labels table: String, split: String, limit: Int = .max) throws {
        let (attributes, rows) = try Self.rows(of: split, in: table)
        self.attributes = attributes
        var pictures: [[UInt8]] = []
        var labels: [[Float]] = []
        for cells in rows where pictures.count < limit {
            let path = folder + "/" + cells[0]
            guard let file = try? AtomicFile.read(path) else { continue }
            let picture = try PictureFile.decode(file)
            guard picture.width == Self.edge, picture.height == Self.edge else {
                throw FaceDatasetError.wrongSize(file: path, width: picture.width, height: picture.height)
            }
            pictures.append(picture.pixels)
            labels.append(cells[4...].map { $0 == "1" ? 1 : 0 })
        }
        guard !pictures.isEmpty else { throw FaceDatasetError.noPictures(folder) }
        self.pictures = pictures
        self.labels = labels
    }

    /// Where a head's degrees split and on which side CelebA's label puts the face; nil when the label is not there.
    package func binaryTruth(head: Int, row: Int) -> (firstUpper: Int, upper: Bool)? {
        PseudoDegrees.binaryTruth(head: head, labels: labels[row], attributes: attributes)
    }

    /// Pictures as [N, 128, 128, 3] in [−1, 1].
    package func images(_ rows: some Collection<Int>) -> Tensor {
        var values: [Float] = []
        values.reserveCapacity(rows.count * Self.edge * Self.edge * 3)
        for row in rows { values.append(contentsOf: pictures[row].lazy.map { Float($0) / 127.5 - 1 }) }
        return Tensor(values, shape: [rows.count, Self.edge, Self.edge, 3])
    }

    /// The same, each picture flipped, turned, scaled, shifted, blurred, tinted and made noisy at random.
    func augmented(_ rows: some Collection<Int>, random: inout SeededGenerator) -> Tensor {
        var values: [Float] = []
        values.reserveCapacity(rows.count * Self.edge * Self.edge * 3)
        for row in rows { values += augment(pictures[row], random: &random) }
        return Tensor(values, shape: [rows.count, Self.edge, Self.edge, 3])
    }

    private func augment(_ picture: [UInt8], random: inout SeededGenerator) -> [Float] {
        let edge = Self.edge
        let angle = Float.random(in: -0.12...0.12, using: &random)
        let scale = Float.random(in: 0.9...1.1, using: &random)
        let flip: Float = Bool.random(using: &random) ? -1 : 1
        let (a, b) = (cos(angle) * scale, sin(angle) * scale)
        let shift = (0..<2).map { _ in Float.random(in: -0.08...0.08, using: &random) * Float(edge) / 2 }
        let gain = Float.random(in: 0.8...1.2, using: &random)
        let tint = (0..<3).map { _ in Float.random(in: -0.15...0.15, using: &random) }
        let noise = Float.random(in: 0...0.05, using: &random)
        let spread: Float = Float.random(in: 0..<1, using: &random) < 0.25 ? 1 : 0
        let middle = Float(edge - 1) / 2
        var result = [Float](repeating: 0, count: edge * edge * 3)
        for y in 0..<edge {
            for x in 0..<edge {
                let (dx, dy) = ((Float(x) - middle) * flip, Float(y) - middle)
                let (sx, sy) = (a * dx - b * dy + middle + shift[0], b * dx + a * dy + middle + shift[1])
                for channel in 0..<3 {
                    var value = sample(picture, sx, sy, channel)
                    if spread > 0 {
                        value =
                            (value + sample(picture, sx + 1, sy, channel) + sample(picture, sx, sy + 1, channel)
                                + sample(picture, sx + 1, sy + 1, channel)) / 4
                    }
                    let level = (value / 127.5 - 1) * gain + tint[channel]
                    result[(y * edge + x) * 3 + channel] = level + noise * random.normal()
                }
            }
        }
        return result
    }

    /// Bilinear sample with reflected borders, 0 to 255.
    private func sample(_ picture: [UInt8], _ x: Float, _ y: Float, _ channel: Int) -> Float {
        let edge = Self.edge
        func reflected(_ position: Int) -> Int {
            let folded = abs(position) % (2 * edge - 2)
            return folded < edge ? folded : 2 * edge - 2 - folded
        }
        let (fx, fy) = (x.rounded(.down), y.rounded(.down))
        let (x0, y0) = (reflected(Int(fx)), reflected(Int(fy)))
        let (x1, y1) = (reflected(Int(fx) + 1), reflected(Int(fy) + 1))
        let (u, v) = (x - fx, y - fy)
        func at(_ x: Int, _ y: Int) -> Float { Float(picture[(y * edge + x) * 3 + channel]) }
        return (at(x0, y0) * (1 - u) + at(x1, y0) * u) * (1 - v) + (at(x0, y1) * (1 - u) + at(x1, y1) * u) * v
    }
}
