import Foundation
import Tensor
import TestSupport
import Testing

@testable import Networks

@Suite struct SafetensorsTests {
    /// A file with this header and `data` zero bytes.
    private static func bytes(header: String, data: Int) -> [UInt8] {
        let text = Array(header.utf8)
        return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
            + [UInt8](repeating: 0, count: data)
    }

    @Test func whatIsWrittenIsRead() throws {
        let folder = try TemporaryDirectory()
        var random = SeededGenerator(seed: 41)
        for round in 0..<60 {
            var tensors: [(name: String, tensor: Tensor, fp16: Bool)] = []
            for index in 0..<Int.random(in: 0...6, using: &random) {
                let shape = (0..<Int.random(in: 0...4, using: &random)).map { _ in Int.random(in: 0...5, using: &random)
                }
                let name = "t\(index)." + ["plain", "q\"uote", "back\\slash", "é😀", "a\nb\u{1}"][round % 5]
                tensors.append(
                    (name, Tensor(normal: shape, deviation: 3, generator: &random), Bool.random(using: &random))
                )
            }
            let metadata = round % 3 == 0 ? [:] : ["licence": "a/b \"c\"\t😀", "seed": "\(round)"]
            let path = folder.file("round.safetensors")
            try SafetensorsWriter.write(tensors, metadata: metadata, to: path)
            let file = try SafetensorsFile(path: path)
            #expect(file.names == tensors.map(\.name).sorted())
            #expect(file.metadata == metadata)
            for item in tensors {
                let read = try file.tensor(item.name)
                #expect(read.shape == item.tensor.shape)
                #expect(read.values == (item.fp16 ? item.tensor.values.map { Float(Float16($0)) } : item.tensor.values))
            }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["round.safetensors"])
    }

    @Test func writingReplacesWholeFilesAndMakesFolders() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("a/b/w.safetensors")
        try SafetensorsWriter.write([("x", Tensor([1, 2], shape: [2]), false)], metadata: [:], to: path)
        let before = try SafetensorsFile(path: path)
        try SafetensorsWriter.write([("x", Tensor([3, 4, 5], shape: [3]), false)], metadata: [:], to: path)
        // The old mapping keeps the old bytes: the file was replaced, not overwritten.
        #expect(try before.tensor("x").values == [1, 2])
        #expect(try SafetensorsFile(path: path).tensor("x").values == [3, 4, 5])
    }

    @Test func aFolderThatCannotBeWrittenIsReported() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write([1], "plain") + "/w.safetensors"
        #expect(throws: (any Error).self) {
            try SafetensorsWriter.write([("x", Tensor([1], shape: [1]), false)], metadata: [:], to: path)
        }
    }

    @Test func aCheckpointThatIsNotThereHoldsNothing() throws {
        let folder = try TemporaryDirectory()
        #expect(try SafetensorsFile.tensors(ifPresent: nil).isEmpty)
        #expect(try SafetensorsFile.tensors(ifPresent: folder.file("none.safetensors")).isEmpty)
        let kept = Tensor([1, 2, 3], shape: [3])
        try SafetensorsWriter.write([(name: "x", tensor: kept, fp16: false)], metadata: [:], to: folder.file("some"))
        #expect(try SafetensorsFile.tensors(ifPresent: folder.file("some")).mapValues(\.values) == ["x": [1, 2, 3]])
    }

    /// Tensors of single precision lie in the mapped file: they outlive the reader, and who writes to them leaves the file alone.
    @Test func tensorsStayInTheFileAndTheFileStaysAsItIs() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/weights.safetensors"
        let values = (0..<5000).map { Float($0) }
        try SafetensorsWriter.write(
            [(name: "w", tensor: Tensor(values, shape: [5000]), fp16: false)],
            metadata: [:],
            to: path
        )
        let held = Arena.heldBytes
        let tensor = try SafetensorsFile(path: path).tensor("w")
        #expect(Arena.heldBytes == held)
        #expect(tensor.values == values)
        tensor.withUnsafeMutableBufferPointer { $0[3] = -1 }
        #expect(tensor.values[3] == -1)
        #expect(try SafetensorsFile(path: path).tensor("w").values == values)
        // The same after another file has taken its place.
        try SafetensorsWriter.write(
            [(name: "w", tensor: Tensor([7], shape: [1]), fp16: false)],
            metadata: [:],
            to: path
        )
        #expect(tensor.values[4999] == 4999)

        // A header of a length that leaves the numbers at an odd place.
        let header = #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
        for padding in 0..<4 {
            let text = header + String(repeating: " ", count: padding)
            var bytes = withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { Array($0) } + Array(text.utf8)
            for value in [Float(1.5), -2] { bytes += withUnsafeBytes(of: value) { Array($0) } }
            try Data(bytes).write(to: URL(fileURLWithPath: path + "\(padding)"))
            #expect(try SafetensorsFile(path: path + "\(padding)").tensor("w").values == [1.5, -2])
        }
    }

    @Test func halfPrecisionIsWidened() throws {
        let folder = try TemporaryDirectory()
        let header = """
            {"b":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},"h":{"dtype":"F16","shape":[1,1],"data_offsets":[4,6]},
            "n":{"dtype":"I64","shape":[],"data_offsets":[6,14]}}
            """
        var bytes = Self.bytes(header: header, data: 14)
        // 1.5 and −2 as bfloat16, 0.25 as half.
        bytes.replaceSubrange(bytes.count - 14..<bytes.count - 8, with: [0xC0, 0x3F, 0x00, 0xC0, 0x00, 0x34])
        let file = try SafetensorsFile(path: try folder.write(bytes))
        #expect(try file.tensor("b").values == [1.5, -2])
        #expect(try file.tensor("h").values == [0.25])
        #expect(throws: SafetensorsError.unsupportedType(name: "n", type: "I64")) { try file.tensor("n") }
        #expect(throws: SafetensorsError.noSuchTensor(name: "m", path: file.path)) { try file.tensor("m") }
    }

    /// Headers that must be refused, each with a word of the reason.
    private static let hostile: [(header: String, data: Int, reason: String)] = [
        (#""#, 0, "expected"),
        (#"[]"#, 0, "expected"),
        (#"{"a":1}"#, 0, "expected"),
        (#"{} x"#, 0, "follows"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#, 4, "expected"),
        (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, "lacks"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, 4, "lacks"),
        (#"{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}"#, 4, "unknown dtype"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}"#, 8, "does not fill"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "does not fill"),
        (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 4, "cut short"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "expected"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5, "belong to no tensor"),
        (
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
            12, "expected"
        ),
        (
            #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#,
            0, "twice"
        ),
        (#"{"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#, 0, "repeated"),
        (#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"z":"1"}}"#, 0, "unknown or repeated"),
        (#"{"__metadata__":{"a":"b","a":"c"}}"#, 0, "twice"),
        (#"{"__metadata__":{},"__metadata__":{}}"#, 0, "two __metadata__"),
        (#"{"__metadata__":{"a":1}}"#, 0, "expected"),
        (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "whole number"),
        (#"{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#, 4, "whole number"),
        (#"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, 4, "expected"),
        (#"{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}"#, 4, "too large"),
        (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0, "overflows"),
        (#"{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}"#, 4, "more than 8"),
        (#"{"\ud800":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#, 0, "surrogate"),
        (#"{"\x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#, 0, "escape"),
        ("{\"a\u{1}\":{}}", 0, "control"),
        (#"{"a"#, 0, "does not end"),
    ]

    @Test(arguments: 0..<hostile.count) func hostileHeadersAreRefused(_ index: Int) throws {
        let folder = try TemporaryDirectory()
        let (header, data, reason) = Self.hostile[index]
        let path = try folder.write(Self.bytes(header: header, data: data))
        let error = #expect(throws: SafetensorsError.self) { try SafetensorsFile(path: path) }
        let why = "\(try #require(error))"
        #expect(why.contains("not a usable safetensors file") && why.contains(reason), "\(why)")
    }

    @Test func badLengthsAreRefused() throws {
        let folder = try TemporaryDirectory()
        for bytes in [[], [1, 2, 3], [UInt8](repeating: 255, count: 8), [3, 0, 0, 0, 0, 0, 0, 0, 123, 125]] {
            let path = try folder.write(bytes)
            #expect(throws: SafetensorsError.self) { try SafetensorsFile(path: path) }
        }
        #expect(throws: SafetensorsError.self) { try SafetensorsFile(path: folder.path) }
        #expect(throws: SafetensorsError.self) { try SafetensorsFile(path: folder.file("absent")) }
    }

    @Test func surrogatePairsAndEscapesAreRead() throws {
        let folder = try TemporaryDirectory()
        let header = #"{"__metadata__":{"\ud83d\ude00\u00e9\/":"\t\"\\"}}"#
        let file = try SafetensorsFile(path: try folder.write(Self.bytes(header: header, data: 0)))
        #expect(file.metadata == ["😀é/": "\t\"\\"])
    }

    /// Three thousand damaged copies of a good file: each is refused, or every tensor it announces can be read.
    @Test func damagedFilesNeverBreakTheReader() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("good.safetensors")
        let tensors = (0..<3).map { index in
            (name: "layer.\(index)", tensor: Tensor(zeros: [index + 1, 3]), fp16: index == 1)
        }
        try SafetensorsWriter.write(tensors, metadata: ["seed": "1"], to: path)
        let good = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        var random = SeededGenerator(seed: 7)
        let digits = Array("0123456789[]{},:\"\\ FBIU".utf8)
        var accepted = 0
        for _ in 0..<3_000 {
            var bad = good
            for _ in 0...Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0..<bad.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bad[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bad[place] = digits[Int.random(in: 0..<digits.count, using: &random)]
                case 2: bad.remove(at: place)
                case 3: bad.insert(digits[Int.random(in: 0..<digits.count, using: &random)], at: place)
                default: bad.removeLast(Int.random(in: 0..<min(bad.count, 40), using: &random))
                }
                if bad.isEmpty { bad = [0] }
            }
            if try Self.isReadable(try folder.write(bad)) { accepted += 1 }
        }
        // Damage to data or names alone leaves a valid file.
        #expect(accepted > 100 && accepted < 2_700)
    }

    /// False when the file is refused. A file that is accepted must give up every tensor that it announces.
    private static func isReadable(_ path: String) throws -> Bool {
        guard let file = try? SafetensorsFile(path: path) else { return false }
        for name in file.names {
            let shape = try file.shape(of: name)
            guard let tensor = try? file.tensor(name) else {
                #expect(throws: SafetensorsError.self) { try file.tensor(name) }
                continue
            }
            #expect(tensor.shape == shape && tensor.values.count == shape.reduce(1, *))
        }
        return true
    }
}
