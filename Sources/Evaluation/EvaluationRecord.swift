import Basics
import Foundation

/// Scores face by face in a file, so that a long evaluation goes on where it was.
package struct EvaluationRecord<Conditions, Face>: Sendable
where Conditions: Codable & Sendable & Equatable, Face: Codable & Sendable {
    private struct Content: Codable {
        let conditions: Conditions
        var faces: [String: Face]
    }

    private let path: String
    private var content: Content

    /// Goes on with the file at `path`, or begins one.
    ///
    /// - Parameter conditions: what all faces of a record have in common.
    /// - Throws: `EvaluationRecordError` when the file is no record, or one of other conditions.
    package init(path: String, conditions: Conditions) throws {
        self.path = path
        content = Content(conditions: conditions, faces: [:])
        guard FileManager.default.fileExists(atPath: path) else { return }
        guard let found = try? JSONDecoder().decode(Content.self, from: Data(AtomicFile.read(path, limit: 1 << 30)))
        else { throw EvaluationRecordError.notRecord(path) }
        guard found.conditions == conditions else { throw EvaluationRecordError.otherConditions(path) }
        content = found
    }

    /// What is known of all faces, by their names, of a record whatever its conditions.
    ///
    /// - Throws: `EvaluationRecordError` when the file is no record.
    package static func faces(at path: String) throws -> [Face] {
        guard let found = try? JSONDecoder().decode(Content.self, from: Data(AtomicFile.read(path, limit: 1 << 30)))
        else { throw EvaluationRecordError.notRecord(path) }
        return found.faces.sorted { $0.key < $1.key }.map(\.value)
    }

    /// What is known of a photo's face, if it is there.
    package subscript(photo: String) -> Face? { content.faces[photo] }

    /// Adds a photo's face and writes the file.
    package mutating func add(_ face: Face, of photo: String) throws {
        content.faces[photo] = face
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(content).write(to: URL(fileURLWithPath: path), options: .atomic)
    }
}

/// Why a record cannot be gone on with.
package enum EvaluationRecordError: Error, CustomStringConvertible {
    case notRecord(String)
    case otherConditions(String)

    package var description: String {
        switch self {
        case .notRecord(let path): "\(path) is no record of this evaluation: name another file, or remove it"
        case .otherConditions(let path):
            "the faces in \(path) were scored with other settings, channels or networks: name another file"
        }
    }
}

extension Array {
    /// Elements that belong together, with the first of them, in the order in which the first ones occur.
    func grouped(by belong: (Element, Element) -> Bool) -> [(first: Element, all: [Element])] {
        reduce(into: []) { groups, element in
            if let place = groups.firstIndex(where: { belong($0.first, element) }) {
                groups[place].all.append(element)
            } else {
                groups.append((element, [element]))
            }
        }
    }
}
