import Basics
import ControlAPI
import SemanticCoding
import ServiceKit

/// What people ask of transfers that are there.
extension TransferQueue {
    /// All transfers, the oldest first.
    package func all() -> [TransferRecord] { book.all }

    /// How many transfers are in each state; and the bytes of the finished ones.
    func count() -> (states: [TransferState: Int], bytes: Int) { (book.states, book.bytes) }

    /// Says that the disk takes nothing, or that it does again.
    func report(trouble: String?) { book.report(trouble: trouble) }

    /// - Parameter id: or its first characters, where they fit one transfer alone.
    /// - Throws: `ControlError`.
    package func record(_ id: String) throws -> TransferRecord { try book.record(id) }

    /// Ends a transfer that is not over.
    ///
    /// - Throws: `ControlError`.
    package func cancel(_ id: String) throws -> TransferRecord {
        let record = try book.record(id)
        guard !record.state.isFinal else {
            throw ControlError(
                status: .conflict,
                code: "over",
                message: "the transfer is over already: it is \(record.state.rawValue)"
            )
        }
        do {
            try book.advance(record.id, .cancelled)
        } catch let error as FileError {
            throw ControlError(status: .init(code: 507), code: "spool", message: "cannot be cancelled now: \(error)")
        }
        stopWork(on: record.id)
        return try book.record(record.id)
    }

    /// Progress of a transfer until it is over.
    ///
    /// - Throws: `ControlError`.
    package func updates(of id: String) throws -> AsyncStream<TransferUpdate> {
        let record = try book.record(id)
        guard record.state.isFinal else { return book.feed.watch(record.id) }
        return AsyncStream {
            $0.yield(TransferUpdate(id: record.id, state: record.state, fraction: 1, note: ""))
            $0.finish()
        }
    }

    /// A picture of a finished stage as a PNG file's bytes.
    ///
    /// - Throws: `ControlError`.
    package func picture(of id: String, stage: PictureStage) throws -> [UInt8] {
        let record = try book.record(id)
        guard let bytes = try? book.spool.read(stage.artifact, of: record.id) else {
            throw ControlError(
                status: .notFound,
                code: "no_picture",
                message: "there is no \(stage.rawValue) picture: the transfer is \(record.state.rawValue)"
            )
        }
        return bytes
    }
}

/// Pictures the control API shows.
package enum PictureStage: String, Sendable, CaseIterable {
    case aligned, inverted, edited

    var artifact: EncodingArtifact {
        switch self {
        case .aligned: .aligned
        case .inverted: .invertedPicture
        case .edited: .editedPicture
        }
    }
}
