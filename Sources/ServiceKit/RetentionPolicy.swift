import Basics
import Foundation

/// `[retention]`: how long finished things are kept.
package struct RetentionPolicy: Decodable, Sendable, Equatable {
    /// Days after which a finished entry goes.
    package let days: Double
    /// Most bytes of finished entries; the oldest go first.
    package let bytes: Int

    private enum CodingKeys: String, CodingKey { case days, bytes }

    package init(days: Double = 30, bytes: Int = 10 << 30) {
        self.days = days
        self.bytes = bytes
    }

    package init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        let standard = RetentionPolicy()
        self.init(
            days: try keys.number(.days, default: standard.days),
            bytes: try keys.value(.bytes, default: standard.bytes)
        )
    }

    /// What is wrong with the settings, or nil.
    package var complaint: String? {
        if !(0.001...36500).contains(days) { return "days must be 0.001 to 36500" }
        if !(1_000_000...(1 << 50)).contains(bytes) { return "bytes must be 1000000 to 2^50, not \(bytes)" }
        return nil
    }

    /// A finished entry on disk.
    package struct Entry: Sendable, Equatable {
        package let id: String
        package let finished: Date
        package let bytes: Int

        package init(id: String, finished: Date, bytes: Int) {
            self.id = id
            self.finished = finished
            self.bytes = bytes
        }
    }

    /// The entries that have to go, the oldest first.
    package func expired(among entries: [Entry], at now: Date) -> [String] {
        var left = entries.reduce(0) { $0 + $1.bytes }
        var gone: [String] = []
        for entry in entries.sorted(by: { ($0.finished, $0.id) < ($1.finished, $1.id) }) {
            guard left > bytes || now.timeIntervalSince(entry.finished) > days * 86400 else { continue }
            left -= entry.bytes
            gone.append(entry.id)
        }
        return gone
    }

    /// Bytes of the files in a directory, not counting those of directories in it; 0 where there is none.
    package static func size(of directory: String) -> Int {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return files.reduce(0) { sum, name in
            var information = stat()
            return stat("\(directory)/\(name)", &information) == 0 ? sum + Int(information.st_size) : sum
        }
    }
}
