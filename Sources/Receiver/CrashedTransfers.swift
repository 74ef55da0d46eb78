import Basics
import ControlAPI
import Foundation
import ServiceKit

/// The transfers at whose drawing the receiver crashed, kept over restarts: the transmitter sends again whatever is not
/// answered, and one that crashes the receiver must not do so for ever.
struct CrashedTransfers: Sendable {
    /// Further ones make room for each other.
    private static let most = 1000

    let work: WorkAtCrash
    private let path: String
    private var counts: [String: Int] = [:]

    /// Reads what is known, and adds what the process before this one crashed at.
    ///
    /// - Throws: `FileError` when it cannot be written.
    init(root: String) throws {
        work = WorkAtCrash(root: root)
        path = "\(root)/.crashes.json"
        if let bytes = try? AtomicFile.read(path, limit: 1 << 20) {
            counts = (try? DatedJSON.decode([String: Int].self, from: bytes)) ?? [:]
        }
        guard let culprit = try work.takePrevious() else { return }
        if counts.count >= Self.most { counts = counts.filter { $0.value >= WorkAtCrash.mostCrashes } }
        if counts.count >= Self.most { counts = [:] }
        counts[culprit, default: 0] += 1
        try AtomicFile.write(DatedJSON.encode(counts), to: path)
    }

    /// How often the receiver crashed at a transfer.
    func count(of id: UUID) -> Int { counts[id.uuidString.lowercased()] ?? 0 }
}
