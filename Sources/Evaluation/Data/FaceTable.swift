import Basics

/// A table that comes with CelebA: lines of cells with blanks between them.
struct FaceTable {
    /// Bytes that a table may have; CelebA's attributes have 26 million.
    private static let longest = 64 << 20
    /// Lines that a table may have.
    private static let mostLines = 1 << 20

    /// Of the file, for errors.
    let path: String
    private let bytes: [UInt8]

    /// - Parameter path: of the file that the bytes are of.
    init(bytes: [UInt8], path: String) { (self.bytes, self.path) = (bytes, path) }

    /// Reads a file; what is in it is looked at later.
    ///
    /// - Throws: `FileError`.
    init(path: String) throws(FileError) {
        self.init(bytes: try AtomicFile.read(path, limit: Self.longest), path: path)
    }

    /// The split of each picture, of `list_eval_partition.txt`: lines of a file's name and 0, 1 or 2.
    ///
    /// - Throws: `FaceSourceError`.
    func partition() throws(FaceSourceError) -> [String: FaceSplit] {
        let splits: [String: FaceSplit] = ["0": .train, "1": .validation, "2": .test]
        var found: [String: FaceSplit] = [:]
        try eachLine { _, cells in
            guard cells.count == 2, let split = splits[cells[1].text] else { return "a file and 0, 1 or 2 are needed" }
            found[cells[0].text] = split
            return nil
        }
        return found
    }

    /// CelebA's file of each picture of CelebA-HQ, of `CelebA-HQ-to-CelebA-mapping.txt`: lines of the picture's number,
    /// that of CelebA and its file, below a heading.
    ///
    /// - Throws: `FaceSourceError`.
    func originals() throws(FaceSourceError) -> [Int: String] {
        var found: [Int: String] = [:]
        try eachLine { number, cells in
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
    /// - Throws: `FaceSourceError`.
    func attributes() throws(FaceSourceError) -> FaceAttributes {
        var names: [String] = []
        var masks: [String: UInt64] = [:]
        var announced = 0
        try eachLine { number, cells in
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
        guard !names.isEmpty, announced == masks.count else {
            throw .damagedTable(
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
    private func eachLine(_ body: (Int, [ArraySlice<UInt8>]) -> String?) throws(FaceSourceError) {
        for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let cells = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
            if cells.isEmpty { continue }
            guard index < Self.mostLines else { throw .tooManyFiles(path: path, limit: Self.mostLines) }
            if let reason = body(index + 1, cells) {
                throw .damagedTable(path: path, line: index + 1, reason: reason)
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
