import Basics
import ControlAPI
import Foundation

/// What a sending daemon must remember over restarts, so that no sealed packet repeats a number.
///
/// Kept in a file; saved before anything that uses the new numbers goes out.
package struct LinkIdentity: Codable, Sendable, Equatable {
    /// Random, made once.
    package let senderID: UInt64
    /// No packet was sealed with this number or a greater one.
    package var nextSequence: UInt64
    /// Transmissions sent so far.
    package var transmissions: UInt32 = 0

    /// Reads the file, or makes a new identity where there is none.
    ///
    /// - Parameter seconds: Unix time: numbers begin at seconds·2³² or where they left off, whichever is greater, so
    ///   that they also grow when the file is lost.
    package static func load(_ path: String, seconds: UInt32) throws -> LinkIdentity {
        var identity: LinkIdentity
        do {
            identity = try DatedJSON.decode(LinkIdentity.self, from: AtomicFile.read(path, limit: 4096))
            // Seconds are 32 bits, so no sender comes near the end of the numbers by itself, whatever its clock says.
            guard identity.nextSequence <= .max - (1 << 20) else {
                throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "no numbers are left"))
            }
        } catch let error as FileError where error.code == ENOENT {
            identity = LinkIdentity(senderID: UInt64.random(in: 1...UInt64.max), nextSequence: 0)
        } catch is DecodingError {
            throw ConfigurationError(
                path: path,
                reason: "the file is damaged: move it away, and a new identity is made"
            )
        }
        identity.nextSequence = max(identity.nextSequence, UInt64(seconds) << 32)
        return identity
    }

    package func save(to path: String) throws {
        try AtomicFile.write(DatedJSON.encode(self), to: path)
    }
}
