import Basics
import Foundation

/// What an experiment has come to so far: a file of JSON lines, the conditions first, then a line for each face in the
/// order of the faces. A line that was cut off is done again.
///
/// What a line says depends on its face alone, so that shards of an experiment, put together, are the file that one
/// machine would have written, byte for byte. Seconds are in a file of their own beside it.
package final class ComparisonRecord {
    /// One machine's part of an experiment: the faces whose index leaves this remainder.
    package struct Shard: Sendable, Equatable {
        /// 0 ..< count.
        package let index: Int
        package let count: Int

        /// The whole.
        package static let whole = Shard(index: 0, count: 1)

        private init(index: Int, count: Int) { (self.index, self.count) = (index, count) }

        /// As people write it: 3/8 is the third of eight.
        ///
        /// - Throws: `ComparisonRecordError.badShard`.
        package init(_ text: String) throws(ComparisonRecordError) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
            guard parts.count == 2, let number = parts[0], let count = parts[1], (1...10_000).contains(count),
                (1...count).contains(number)
            else { throw .badShard(text) }
            self.init(index: number - 1, count: count)
        }

        /// Whether a face belongs to it.
        package func contains(_ face: Int) -> Bool { face % count == index }
    }

    package let path: String
    package let conditions: ComparisonConditions
    package private(set) var faces: [FaceComparison]
    private let file: FileHandle

    /// Seconds of each face lie here.
    package var timesPath: String { path + ".seconds" }

    /// Goes on with a file, or begins one.
    ///
    /// - Throws: `ComparisonRecordError`, and when the file cannot be written.
    package init(path: String, conditions: ComparisonConditions) throws {
        (self.path, self.conditions) = (path, conditions)
        var whole = 0
        if FileManager.default.fileExists(atPath: path) {
            let found = try Self.read(path, allowingTornEnd: true)
            guard found.conditions == conditions else { throw ComparisonRecordError.otherConditions(path) }
            (faces, whole) = (found.faces, found.bytes)
        } else {
            faces = []
            try Self.line(conditions).write(to: URL(fileURLWithPath: path), options: .atomic)
            whole = try Self.line(conditions).count
        }
        file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.truncate(atOffset: UInt64(whole))
        try file.seekToEnd()
    }

    deinit { try? file.close() }

    /// Adds a face behind the others.
    ///
    /// - Parameter seconds: by stage.
    package func add(_ face: FaceComparison, seconds: [String: Double]) throws {
        try file.write(contentsOf: Self.line(face))
        faces.append(face)
        let times = try FileHandle(forUpdating: Self.existing(timesPath))
        defer { try? times.close() }
        try times.seekToEnd()
        try times.write(contentsOf: Self.line(FaceSeconds(name: face.name, seconds: seconds)))
    }

    /// Reads a whole record.
    ///
    /// - Throws: `ComparisonRecordError`.
    package static func read(_ path: String) throws -> (conditions: ComparisonConditions, faces: [FaceComparison]) {
        let found = try read(path, allowingTornEnd: false)
        return (found.conditions, found.faces)
    }

    /// Mean seconds of each stage, as far as they are known.
    package static func seconds(of path: String) -> [String: Double] {
        guard let bytes = try? AtomicFile.read(path + ".seconds", limit: 1 << 30) else { return [:] }
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        let all = lines.compactMap { try? JSONDecoder().decode(FaceSeconds.self, from: Data($0)) }
        let sums = all.reduce(into: [:]) { sums, face in sums.merge(face.seconds, uniquingKeysWith: +) }
        return sums.mapValues { $0 / Double(max(1, all.count)) }
    }

    /// Puts the shards of one experiment together.
    ///
    /// - Returns: bytes of the record and of its seconds.
    /// - Throws: `ComparisonRecordError` when they do not belong together, or faces are missing.
    package static func merged(_ paths: [String]) throws -> (record: Data, seconds: Data) {
        var conditions: ComparisonConditions?
        var faces: [Int: FaceComparison] = [:]
        var seconds = Data()
        for path in paths {
            let found = try read(path)
            guard conditions ?? found.conditions == found.conditions else {
                throw ComparisonRecordError.otherConditions(path)
            }
            conditions = found.conditions
            for face in found.faces {
                guard faces.updateValue(face, forKey: face.index) ?? face == face else {
                    throw ComparisonRecordError.twice(face.name)
                }
            }
            if let times = try? AtomicFile.read(path + ".seconds", limit: 1 << 30) { seconds += Data(times) }
        }
        guard let conditions else { throw ComparisonRecordError.notRecord("nothing") }
        let missing = conditions.faces.indices.filter { faces[$0] == nil }
        guard missing.isEmpty else {
            throw ComparisonRecordError.missing(missing.count, of: conditions.faces.count, first: missing[0])
        }
        let lines = try faces.sorted { $0.key < $1.key }.map { try line($0.value) }
        return (try lines.reduce(line(conditions), +), seconds)
    }

    private static func read(
        _ path: String,
        allowingTornEnd: Bool
    ) throws -> (conditions: ComparisonConditions, faces: [FaceComparison], bytes: Int) {
        let bytes = Data(try AtomicFile.read(path, limit: 1 << 32))
        var (place, lines): (Int, [Data]) = (0, [])
        while let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(bytes[place..<end])
            place = end + 1
        }
        guard let head = lines.first,
            let conditions = try? JSONDecoder().decode(ComparisonConditions.self, from: head),
            allowingTornEnd || place == bytes.count
        else { throw ComparisonRecordError.notRecord(path) }
        let faces = lines.dropFirst().compactMap { try? JSONDecoder().decode(FaceComparison.self, from: $0) }
        guard faces.count == lines.count - 1,
            faces.allSatisfy({
                conditions.faces.indices.contains($0.index) && conditions.faces[$0.index] == $0.name
            })
        else { throw ComparisonRecordError.notRecord(path) }
        return (conditions, faces, place)
    }

    private static func existing(_ path: String) throws -> URL {
        let url = URL(fileURLWithPath: path)
        if !FileManager.default.fileExists(atPath: path) { try Data().write(to: url) }
        return url
    }

    private static func line(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value) + Data("\n".utf8)
    }
}

/// What the stages of one face took.
private struct FaceSeconds: Codable {
    let name: String
    let seconds: [String: Double]
}

/// Why records of an experiment are of no use.
package enum ComparisonRecordError: Error, Equatable, CustomStringConvertible {
    case badShard(String)
    case notRecord(String)
    case otherConditions(String)
    case twice(String)
    case missing(Int, of: Int, first: Int)

    package var description: String {
        switch self {
        case .badShard(let text): "a shard is written as 3/8, the third of eight, not \(text)"
        case .notRecord(let path): "\(path) is no record of an experiment, or was cut off: run the experiment again"
        case .otherConditions(let path):
            "\(path) is of another experiment, or of other faces, models or settings: name another file"
        case .twice(let name): "the shards say different things of \(name): are they of one version of the program?"
        case .missing(let count, let all, let first):
            "\(count) of \(all) faces are missing, the first is number \(first + 1): add the shard that has it"
        }
    }
}
