import Networks
import Tensor

/// A training's checkpoint file, bound to what the training is made with: another seed or data set would go on from
/// tensors that it never made.
struct TrainingCheckpoint {
    private static let prefix = "setting."

    /// Nil where none is kept.
    let path: String?
    /// Everything that decides what is in the file, by name.
    let settings: [String: String]

    /// - Parameters:
    ///   - settings: a trainer's settings; where the checkpoint lies and how often it is written does not count.
    ///   - ignoring: names of others that do not decide what is in it.
    ///   - data: what else does, such as the data set's fingerprint.
    init(_ path: String?, of settings: some Any, ignoring: Set<String> = [], data: [String: String] = [:]) {
        self.path = path
        let ignored = ignoring.union(["checkpoint", "checkpointEvery"])
        var all = data
        for case (let name?, let value) in Mirror(reflecting: settings).children where !ignored.contains(name) {
            all[name] = "\(value)"
        }
        self.settings = all
    }

    /// The tensors to go on from; none where there is no file yet.
    ///
    /// - Throws: `TrainingCheckpointError` when the file belongs to another training; `SafetensorsError`.
    func tensors() throws -> [String: Tensor] {
        guard let path else { return [:] }
        let tensors = try SafetensorsFile.tensors(ifPresent: path)
        guard !tensors.isEmpty else { return [:] }
        let found = try SafetensorsFile(path: path).metadata
        let names = Set(found.keys.filter { $0.hasPrefix(Self.prefix) }.map { String($0.dropFirst(Self.prefix.count)) })
        guard !names.isEmpty else { throw TrainingCheckpointError.unknownSettings(path: path) }
        for name in names.union(settings.keys).sorted() {
            let (before, now) = (found[Self.prefix + name], settings[name])
            guard before == now else {
                throw TrainingCheckpointError.otherSettings(path: path, name: name, before: before, now: now)
            }
        }
        return tensors
    }

    /// What the file must say, besides what it says for people.
    func metadata(_ more: [String: String] = [:]) -> [String: String] {
        settings.reduce(into: more) { $0[Self.prefix + $1.key] = $1.value }
    }
}

/// Why a training does not go on from a checkpoint.
package enum TrainingCheckpointError: Error, Equatable, CustomStringConvertible {
    case otherSettings(path: String, name: String, before: String?, now: String?)
    case unknownSettings(path: String)

    package var description: String {
        let advice = "choose another --checkpoint, or remove the file to start anew"
        return switch self {
        case .otherSettings(let path, let name, let before, let now):
            "\(path) is the checkpoint of another training: its \(name) is \(before ?? "not given"), not "
                + "\(now ?? "left out"); \(advice)"
        case .unknownSettings(let path):
            "\(path) does not say with what settings it was made; \(advice)"
        }
    }
}

/// A short name for data (FNV-1a): not against forgery, but against mistakes.
struct Fingerprint: CustomStringConvertible {
    private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ value: UInt64) {
        hash = (hash ^ value) &* 0x100_0000_01B3
    }

    init(_ codes: [[Float]]) {
        for code in codes {
            add(UInt64(code.count))
            for value in code { add(UInt64(value.bitPattern)) }
        }
    }

    /// Of every 61st byte of all pictures, and of the labels.
    init(_ data: FaceDataset) {
        for picture in data.pictures {
            for index in stride(from: 0, to: picture.count, by: 61) { add(UInt64(picture[index])) }
        }
        for row in data.labels {
            for value in row { add(UInt64(value.bitPattern)) }
        }
    }

    var description: String { String(hash, radix: 16) }
}
