import Foundation
import Glibc
import Tensor

/// Writes safetensors files.
public enum SafetensorsWriter {
    /// Writes tensors in the order given, as F32 or, where `half` is set, as F16.
    ///
    /// The file appears complete or not at all: it is written under a temporary name in the same folder, forced to
    /// disk and renamed. A folder that is missing is made. Names must differ from each other.
    ///
    /// - Parameter metadata: goes into the header; keep source, licence and seed here.
    /// - Throws: `SafetensorsError.inaccessible` when the system refuses.
    public static func write(
        _ tensors: [(name: String, tensor: Tensor, half: Bool)],
        metadata: [String: String],
        to path: String
    ) throws {
        precondition(Set(tensors.map(\.name)).count == tensors.count, "two tensors have the same name")
        let target = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        let temporary = target.path + ".\(getpid())-\(UInt32.random(in: 0...UInt32.max)).partial"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(temporary) }
        do {
            defer { close(descriptor) }
            try put(header(tensors, metadata), to: descriptor, temporary)
            for item in tensors {
                try item.tensor.withUnsafeBufferPointer { values in
                    if item.half {
                        let halves = values.map { Float16($0) }
                        try halves.withUnsafeBytes { try put($0, to: descriptor, temporary) }
                    } else {
                        try put(UnsafeRawBufferPointer(values), to: descriptor, temporary)
                    }
                }
            }
            guard fsync(descriptor) == 0, rename(temporary, target.path) == 0 else { throw failure(target.path) }
        } catch {
            unlink(temporary)
            throw error
        }
        let folder = open(target.deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    /// Length and JSON, padded so that the data begins at a multiple of 64 bytes.
    private static func header(
        _ tensors: [(name: String, tensor: Tensor, half: Bool)],
        _ metadata: [String: String]
    ) throws -> [UInt8] {
        var fields: [String] = []
        if !metadata.isEmpty {
            let pairs = try metadata.sorted { $0.key < $1.key }.map { "\(try json($0.key)):\(try json($0.value))" }
            fields.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
        }
        var offset = 0
        for item in tensors {
            let end = offset + item.tensor.count * (item.half ? 2 : 4)
            let shape = item.tensor.shape.map(String.init).joined(separator: ",")
            fields.append(
                "\(try json(item.name)):{\"dtype\":\"\(item.half ? "F16" : "F32")\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(offset),\(end)]}"
            )
            offset = end
        }
        var text = Array("{\(fields.joined(separator: ","))}".utf8)
        text += Array(repeating: UInt8(ascii: " "), count: (64 - (8 + text.count) % 64) % 64)
        return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
    }

    private static func json(_ text: String) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return String(decoding: try encoder.encode(text), as: UTF8.self)
    }

    private static func put(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure(path) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    private static func put(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws {
        try bytes.withUnsafeBytes { try put($0, to: descriptor, path) }
    }

    private static func failure(_ path: String) -> SafetensorsError {
        .inaccessible(path: path, reason: String(cString: strerror(errno)))
    }
}
