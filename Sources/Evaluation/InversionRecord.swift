import Basics
import Foundation
import Imaging
import SemanticCoding

/// Scores of inversions, face by face in a file, so that a long evaluation goes on where it was.
package struct InversionRecord: Sendable {
    /// What all faces of a record have in common.
    package struct Conditions: Codable, Sendable, Equatable {
        let settings: SemanticSettings
        let symbols: Int?
        let curve: [Int]
        let snrs: [Double]
        /// How codes are sent; nil where there are no SNRs.
        let link: String?
        /// Files of networks that were tried instead of the installed ones.
        let tried: [String]

        package init(settings: SemanticSettings, symbols: Int?, curve: [Int], snrs: [Double], tried: [String]) {
            (self.settings, self.symbols, self.curve) = (settings, symbols, curve)
            (self.snrs, self.tried) = (snrs, tried)
            link = snrs.isEmpty ? nil : "modem"
        }
    }

    private struct Content: Codable {
        let conditions: Conditions
        var faces: [String: InversionScore.Face]
    }

    private let path: String
    private var content: Content

    /// Goes on with the file at `path`, or begins one.
    ///
    /// - Throws: `InversionRecordError` when the file is no record, or one of other conditions.
    package init(path: String, conditions: Conditions) throws {
        self.path = path
        content = Content(conditions: conditions, faces: [:])
        guard FileManager.default.fileExists(atPath: path) else { return }
        guard let found = try? JSONDecoder().decode(Content.self, from: Data(AtomicFile.read(path)))
        else { throw InversionRecordError.notRecord(path) }
        guard found.conditions == conditions else { throw InversionRecordError.otherConditions(path) }
        content = found
    }

    /// The face of a photo, if it is there.
    package subscript(photo: String) -> InversionScore.Face? { content.faces[photo] }

    /// Adds a photo's face and writes the file.
    package mutating func add(_ face: InversionScore.Face, of photo: String) throws {
        content.faces[photo] = face
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(content).write(to: URL(fileURLWithPath: path), options: .atomic)
    }
}

/// Why a record cannot be gone on with.
package enum InversionRecordError: Error, CustomStringConvertible {
    case notRecord(String)
    case otherConditions(String)

    package var description: String {
        switch self {
        case .notRecord(let path): "\(path) is no record of inversions: name another file, or remove it"
        case .otherConditions(let path):
            "the faces in \(path) were inverted with other settings, numbers, moments, channels or networks: name another file"
        }
    }
}
