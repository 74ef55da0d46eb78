import Basics
import Foundation
import Tensor

/// Writes safetensors files.
public enum SafetensorsWriter {
    /// Writes tensors in the order given, as F32 or, where `fp16` is set, as F16.
    ///
    /// The file appears complete or not at all: it is written under a temporary name in the same folder, forced to
    /// disk and renamed. A folder that is missing is made. Names must differ from each other.
    ///
    /// - Parameters:
    ///   - tensors: with their names.
    ///   - metadata: goes into the header; keep source, licence and seed here.
    ///   - path: of the file.
    /// - Throws: `FileError` when the system refuses.
    public static func write(
        _ tensors: [(name: String, tensor: Tensor, fp16: Bool)],
        metadata: [String: String],
        to path: String
    ) throws {
        precondition(Set(tensors.map(\.name)).count == tensors.count, "two tensors have the same name")
        let target = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        let header = try header(tensors, metadata)
        try AtomicFile.write(to: target.path, mode: 0o644) { (file) throws(FileError) in
            try file.append(header)
            for item in tensors {
                try item.tensor.withUnsafeBufferPointer { values in
                    Result { () throws(FileError) in
                        guard item.fp16 else { return try file.append(UnsafeRawBufferPointer(values)) }
                        let halves = values.map { Float16($0) }
                        try halves.withUnsafeBytes { bytes in
                            Result { () throws(FileError) in try file.append(bytes) }
                        }.get()
                    }
                }.get()
            }
        }
    }

    /// Length and JSON, padded so that the data begins at a multiple of 64 bytes.
    private static func header(
        _ tensors: [(name: String, tensor: Tensor, fp16: Bool)],
        _ metadata: [String: String]
    ) throws -> [UInt8] {
        var fields: [String] = []
        if !metadata.isEmpty {
            let pairs = try metadata.sorted { $0.key < $1.key }.map { "\(try json($0.key)):\(try json($0.value))" }
            fields.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
        }
        var offset = 0
        for item in tensors {
            let end = offset + item.tensor.count * (item.fp16 ? 2 : 4)
            let shape = item.tensor.shape.map(String.init).joined(separator: ",")
            fields.append(
                "\(try json(item.name)):{\"dtype\":\"\(item.fp16 ? "F16" : "F32")\",\"shape\":[\(shape)],"
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
}
