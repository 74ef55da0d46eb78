import Basics

/// The tables that come with CelebA: lines of cells with blanks between them.
enum FaceTable {
    /// Bytes that a table may have; CelebA's attributes have 26 million.
    private static let longest = 64 << 20
    /// Lines that a table may have.
    private static let mostLines = 1 << 20

    /// The split of each picture, of `list_eval_partition.txt`: lines of a file's name and 0, 1 or 2.
    ///
    /// - Throws: `FaceSourceError.damagedTable`, `FileError`.
    static func partition(path: String) throws -> [String: FaceSplit] {
        let splits: [String: FaceSplit] = ["0": .train, "1": .validation, "2": .test]
        var found: [String: FaceSplit] = [:]
        try lines(of: path) { _, cells in
            guard cells.count == 2, let split = splits[cells[1].text] else { return "a file and 0, 1 or 2 are needed" }
            found[cells[0].text] = split
            return nil
        }
        return found
    }

    /// CelebA's file of each picture of CelebA-HQ, of `CelebA-HQ-to-CelebA-mapping.txt`: lines of the picture's number,
    /// that of CelebA and its file, below a heading.
    ///
    /// - Throws: `FaceSourceError.damagedTable`, `FileError`.
    static func originals(path: String) throws -> [Int: String] {
        var found: [Int: String] = [:]
        try lines(of: path) { number, cells in
            if number == 1, cells.first?.text == "idx" { return nil }
            guard cells.count == 3, let picture = Int(cells[0].text), Int(cells[1].text) != nil else {
                return "two numbers and a file are needed"
            }
            found[picture] = cells[2].text
            return nil
        }
        return found
    }

    /// The binary attributes of each picture, of `list_attr_celeba.txt`: a line with the number of pictures, one with
    /// the attributes' names, then lines of a file's name and as many times 1 or −1.
    ///
    /// - Throws: `FaceSourceError.damagedTable`, `FileError`.
    static func attributes(path: String) throws -> FaceAttributes {
        var names: [String] = []
        var masks: [String: UInt64] = [:]
        var announced = 0
        try lines(of: path) { number, cells in
            switch number {
            case 1:
                guard cells.count == 1, let count = Int(cells[0].text) else {
                    return "the number of pictures is needed"
                }
                announced = count
            case 2:
                guard (1...64).contains(cells.count) else { return "1 to 64 names of attributes are needed" }
                names = cells.map(\.text)
            default:
                guard cells.count == names.count + 1 else { return "a file and \(names.count) values are needed" }
                var mask: UInt64 = 0
                for (place, cell) in cells.dropFirst().enumerated() {
                    if cell.elementsEqual("1".utf8) {
                        mask |= 1 << UInt64(place)
                    } else if !cell.elementsEqual("-1".utf8) {
                        return "a value is neither 1 nor -1"
                    }
                }
                masks[cells[0].text] = mask
            }
            return nil
        }
        guard announced == masks.count else {
            throw FaceSourceError.damagedTable(
                path: path,
                line: 1,
                reason: "\(announced) pictures are announced, and \(masks.count) are there"
            )
        }
        return FaceAttributes(names: names, masks: masks)
    }

    /// Calls `body` with each line's number, from 1, and its cells; empty lines are left out.
    ///
    /// - Parameter body: returns what is wrong with the line.
    private static func lines(of path: String, _ body: (Int, [ArraySlice<UInt8>]) -> String?) throws {
        let bytes = try AtomicFile.read(path, limit: longest)
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let cells = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
            if cells.isEmpty { continue }
            guard index < mostLines else { throw FaceSourceError.tooManyFiles(path: path, limit: mostLines) }
            if let reason = body(index + 1, cells) {
                throw FaceSourceError.damagedTable(path: path, line: index + 1, reason: reason)
            }
        }
    }
}

extension ArraySlice<UInt8> {
    fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}

/// Binary attributes of pictures.
package struct FaceAttributes: Sendable {
    /// Such as `Eyeglasses`, in the table's order; at most 64.
    package let names: [String]
    private let masks: [String: UInt64]

    fileprivate init(names: [String], masks: [String: UInt64]) { (self.names, self.masks) = (names, masks) }

    /// Whether a picture shows an attribute; nil where the table does not have the one or the other.
    package func has(_ attribute: String, picture: String) -> Bool? {
        guard let place = names.firstIndex(of: attribute), let mask = masks[picture] else { return nil }
        return mask >> UInt64(place) & 1 == 1
    }
}
