import Foundation
import ServiceKit

/// What the receiver knows of a transfer it has drawn: `transfer.json`.
public struct ReceivedTransfer: Codable, Sendable, Equatable {
    /// A UUID in lower case.
    public let id: String
    public let received: Date
    /// Es/N0 estimated from the pilots, in dB.
    public let snrDecibels: Double
    /// Complex symbols on the air, pilots included.
    public let symbols: Int
    /// Those of them that never arrived.
    public let erasures: Int
    /// Transmissions that were combined.
    public let transmissions: Int
    /// Edge of the picture in pixels.
    public let resolution: Int
    /// SHA-256 of `picture.png`, in hexadecimal.
    public let pictureDigest: String
    /// SHA-256 of the models, in hexadecimal.
    public let modelBundle: String
    /// Seconds it took to estimate and draw.
    public let seconds: Double
}

/// Finished pictures on disk: `ID/picture.png`, `ID/code.safetensors` and `ID/transfer.json`, there all at once.
struct ResultStore: Sendable {
    private static let incoming = ".incoming-"
    private static let identity = ".link.json"

    let root: String

    /// Opens the directory, making it where it is missing, and removes what a crash left half-made.
    init(root: String) throws {
        self.root = root
        try AtomicFile.makeDirectory(root)
        for name in try FileManager.default.contentsOfDirectory(atPath: root) where name.hasPrefix(Self.incoming) {
            try? FileManager.default.removeItem(atPath: "\(root)/\(name)")
        }
    }

    /// The file in which the link keeps its numbers.
    var identityFile: String { "\(root)/\(Self.identity)" }

    /// What was received as `id`, nil when nothing was. A result that cannot be read counts as none.
    func find(_ id: UUID) -> ReceivedTransfer? {
        guard let bytes = try? AtomicFile.read("\(path(of: id))/transfer.json", limit: 1 << 20) else { return nil }
        return try? ControlJSON.decode(ReceivedTransfer.self, from: bytes)
    }

    /// Puts a result in place; when this returns, it is there for good.
    ///
    /// - Parameter writeCode: writes the code to the path it is given.
    func store(
        _ transfer: ReceivedTransfer,
        id: UUID,
        picture: [UInt8],
        writeCode: (String) throws -> Void
    ) throws {
        let incoming = "\(root)/\(Self.incoming)\(id.uuidString.lowercased())"
        try? FileManager.default.removeItem(atPath: incoming)
        do {
            try AtomicFile.makeDirectory(incoming)
            try AtomicFile.create("\(incoming)/picture.png", bytes: picture)
            try writeCode("\(incoming)/code.safetensors")
            try AtomicFile.create("\(incoming)/transfer.json", bytes: ControlJSON.encode(transfer, pretty: true))
            try AtomicFile.syncDirectory(incoming)
            // A damaged result of the same id makes way.
            if FileManager.default.fileExists(atPath: path(of: id)) {
                try FileManager.default.removeItem(atPath: path(of: id))
            }
            guard rename(incoming, path(of: id)) == 0 else {
                throw FileError(operation: "rename to", path: path(of: id), code: errno)
            }
        } catch {
            try? FileManager.default.removeItem(atPath: incoming)
            throw error
        }
        try AtomicFile.syncDirectory(root)
    }

    private func path(of id: UUID) -> String { "\(root)/\(id.uuidString.lowercased())" }
}
