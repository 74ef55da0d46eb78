import Basics
import Foundation

/// A tar archive of pictures, of which one at a time is read; nothing is unpacked.
final class TarArchive: Sendable {
    let path: String
    private let descriptor: Int32
    private let places: [String: Range<Int>]

    /// Names of the pictures in it, as `PictureName` makes them of their paths. Of two with one name the later counts,
    /// as it does when tar unpacks.
    var names: Dictionary<String, Range<Int>>.Keys { places.keys }

    /// Opens an archive and reads its headers.
    ///
    /// - Throws: `FaceSourceError`, `FileError`.
    init(path: String) throws {
        // Without waiting: to open a FIFO takes until somebody writes to it.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError(operation: "read", path: path, code: errno) }
        do {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw FileError(operation: "read", path: path, code: errno) }
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw FileError(operation: "read", path: path, code: FileError.notRegular)
            }
            let count = Int(status.st_size)
            let start = try Self.read(0..<min(4, count), of: descriptor, path: path)
            let packers: [(magic: [UInt8], program: String)] = [
                ([0x1F, 0x8B], "gunzip"), (Array("PK".utf8), "unzip"), (Array("BZh".utf8), "bunzip2"),
                ([0xFD, 0x37, 0x7A, 0x58], "unxz"),
            ]
            for packer in packers where start.starts(with: packer.magic) {
                throw FaceSourceError.packed(path: path, program: packer.program)
            }
            let index = try TarIndex(count: count) { try Self.read($0, of: descriptor, path: path) }
            let pictures = index.files.compactMap { file in PictureName(path: file.path).map { ($0.name, file.range) } }
            places = Dictionary(pictures) { $1 }
        } catch {
            close(descriptor)
            guard let refusal = error as? TarIndex.Refusal else { throw error }
            throw FaceSourceError.damagedArchive(path: path, place: refusal.place, reason: refusal.reason)
        }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// The bytes of a picture's file; nil where there is none of that name.
    ///
    /// - Parameter limit: a longer file is refused with EFBIG.
    /// - Throws: `FileError`.
    func bytes(of name: String, limit: Int) throws(FileError) -> [UInt8]? {
        guard let range = places[name] else { return nil }
        guard range.count <= limit else { throw FileError(operation: "read \(name) of", path: path, code: EFBIG) }
        return try Self.read(range, of: descriptor, path: path)
    }

    /// All bytes of a range, or an error.
    private static func read(_ range: Range<Int>, of descriptor: Int32, path: String) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: range.count)
        var done = 0
        while done < range.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress?.advanced(by: done), range.count - done, range.lowerBound + done)
            }
            if count < 0, errno == EINTR { continue }
            // The file has become shorter since its size was asked for.
            guard count > 0 else { throw FileError(operation: "read", path: path, code: count < 0 ? errno : EIO) }
            done += count
        }
        return bytes
    }
}
