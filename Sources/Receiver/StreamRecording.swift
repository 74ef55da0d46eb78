import Basics
import Foundation
import ServiceKit

/// What was shown of streams, on disk: `streams/ID.mjpeg`, JPEG after JPEG, as players take them.
struct StreamRecording {
    /// Bytes after which nothing more of a stream is kept.
    static let most = 256 << 20

    let directory: String

    /// - Parameter root: of the results.
    init(root: String) { directory = "\(root)/streams" }

    func path(of id: UUID) -> String { "\(directory)/\(id.uuidString.lowercased()).mjpeg" }

    /// Adds a picture to a stream's file, while there is room.
    ///
    /// - Throws: `FileError`.
    func append(_ jpeg: [UInt8], to id: UUID) throws(FileError) {
        let path = path(of: id)
        try AtomicFile.makeDirectory(directory)
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard file >= 0 else { throw FileError(operation: "open", path: path, code: errno) }
        defer { close(file) }
        var information = stat()
        guard fstat(file, &information) == 0 else { throw FileError(operation: "look at", path: path, code: errno) }
        guard Int(information.st_size) + jpeg.count <= Self.most else { return }
        // A picture of which only a part fits on the disk would spoil those after it.
        guard write(file, jpeg, jpeg.count) == jpeg.count else {
            let code = errno
            ftruncate(file, information.st_size)
            throw FileError(operation: "write", path: path, code: code)
        }
    }

    /// Removes what is too old or too much.
    ///
    /// - Parameter live: streams that are not over.
    func tidy(_ retention: RetentionPolicy, at now: Date, live: Set<UUID>) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        let entries = names.compactMap { name -> RetentionPolicy.Entry? in
            var information = stat()
            guard stat("\(directory)/\(name)", &information) == 0 else { return nil }
            let finished = Date(timeIntervalSince1970: Double(information.st_mtim.tv_sec))
            return .init(id: name, finished: finished, bytes: Int(information.st_size))
        }
        let kept = Set(live.map { "\($0.uuidString.lowercased()).mjpeg" })
        for name in retention.expired(among: entries, at: now) where !kept.contains(name) {
            unlink("\(directory)/\(name)")
        }
    }
}
