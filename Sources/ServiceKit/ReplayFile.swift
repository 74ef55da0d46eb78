import Basics
import ControlAPI
import Foundation
import Wire

/// Which sealed packets were seen, kept over restarts: else whoever recorded them could send them again.
package struct ReplayFile: Sendable {
    private let path: String
    private var saved: ReplaySnapshot?

    package init(path: String) {
        self.path = path
    }

    /// What an earlier process saved; nil where there is nothing.
    ///
    /// - Throws: `ConfigurationError` when the file is damaged: to go on without it would admit replays.
    package func load() throws -> ReplaySnapshot? {
        do {
            return try DatedJSON.decode(ReplaySnapshot.self, from: AtomicFile.read(path, limit: 16 << 20))
        } catch let error as FileError where error.code == ENOENT {
            return nil
        } catch is DecodingError {
            throw ConfigurationError(
                path: path,
                reason: "the record of packets seen is damaged: change the keys, then move it away"
            )
        }
    }

    /// Makes what was seen last. Call it before anything is done because of a packet.
    package mutating func save(_ snapshot: ReplaySnapshot) throws {
        guard snapshot != saved else { return }
        try AtomicFile.write(DatedJSON.encode(snapshot), to: path)
        saved = snapshot
    }
}
