import Foundation
import TestSupport
import Testing

@testable import Networks

/// Checkpoints that PyTorch itself wrote (Scripts/golden_inception.py), in both of its formats.
@Suite struct TorchCheckpointTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures"
    private static func path(_ format: String) -> String { "\(folder)/checkpoint-\(format).pth" }

    @Test(arguments: ["zip", "legacy"])
    func tensorsAreReadByTheirNames(format: String) throws {
        let checkpoint = try TorchCheckpoint(path: Self.path(format))
        #expect(
            checkpoint.names == [
                "g_ema/brain", "g_ema/double", "g_ema/half", "g_ema/num_batches_tracked", "g_ema/part",
                "g_ema/transposed", "g_ema/weight", "parameter",
            ]
        )
        #expect(try checkpoint.shape(of: "g_ema/weight") == [2, 3])
        #expect(try checkpoint.tensor("g_ema/weight").values == [0, 0.125, 0.25, 0.375, 0.5, 0.625])
        #expect(try checkpoint.tensor("g_ema/half").values == [0.5, -2, 3])
        #expect(try checkpoint.tensor("g_ema/brain").values == [1.5, -0.25])
        #expect(try checkpoint.tensor("g_ema/double", [1, 1]).values == [1.25])
        // The second row of the same numbers.
        #expect(try checkpoint.tensor("g_ema/part").values == [0.375, 0.5, 0.625])
        #expect(try checkpoint.tensor("parameter").values == [4, 5])
        #expect(checkpoint.digest.count == 64)
    }

    @Test(arguments: ["zip", "legacy"])
    func whatCannotBeReadIsSaid(format: String) throws {
        let checkpoint = try TorchCheckpoint(path: Self.path(format))
        #expect(throws: TorchCheckpointError.noSuchTensor(name: "weight", path: checkpoint.path)) {
            try checkpoint.tensor("weight")
        }
        #expect(throws: TorchCheckpointError.unsupportedType(name: "g_ema/num_batches_tracked", type: "LongStorage")) {
            try checkpoint.tensor("g_ema/num_batches_tracked")
        }
        #expect(throws: TorchCheckpointError.shapeMismatch(name: "g_ema/half", expected: [2], found: [3])) {
            try checkpoint.tensor("g_ema/half", [2])
        }
        // The columns of numbers that lie by rows.
        #expect {
            try checkpoint.tensor("g_ema/transposed")
        } throws: {
            "\($0)".contains("do not lie one after the other")
        }
    }

    @Test(arguments: ["zip", "legacy"])
    func everyCutIsRefused(format: String) throws {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: Self.path(format)))
        let folder = try TemporaryDirectory()
        let path = folder.path + "/cut.pth"
        for count in stride(from: 0, to: bytes.count - 1, by: 61) {
            try bytes.prefix(count).write(to: URL(fileURLWithPath: path))
            #expect(throws: TorchCheckpointError.self) { try TorchCheckpoint(path: path) }
        }
    }

    /// A pickle is a program: what it would call is not called, and not looked for either.
    @Test func nothingIsRun() throws {
        let folder = try TemporaryDirectory()
        let (path, witness) = (folder.path + "/hostile.pth", folder.path + "/witness")
        let call = Array("\u{80}\u{2}cposix\nsystem\nX".unicodeScalars.map { UInt8($0.value) })
        let command = Array("touch \(witness)".utf8)
        let length = withUnsafeBytes(of: UInt32(command.count).littleEndian) { Array($0) }
        try Data(call + length + command + Array("\u{85}R.".unicodeScalars.map { UInt8($0.value) }))
            .write(to: URL(fileURLWithPath: path))
        #expect(throws: TorchCheckpointError.self) { try TorchCheckpoint(path: path) }
        #expect(!FileManager.default.fileExists(atPath: witness))
    }

    /// Dictionaries that hold the same one a hundred times, twelve levels deep, would take years to walk.
    @Test(.timeLimit(.minutes(1))) func sharedDictionariesDoNotExplode() throws {
        var pickle: [UInt8] = [0x80, 2, UInt8(ascii: "}"), UInt8(ascii: "q"), 0]
        for level in UInt8(1)...12 {
            pickle += [UInt8(ascii: "}"), UInt8(ascii: "(")]
            for key in UInt8(0)..<100 { pickle += [UInt8(ascii: "U"), 1, 20 + key, UInt8(ascii: "h"), level - 1] }
            pickle += [UInt8(ascii: "u"), UInt8(ascii: "q"), level]
        }
        pickle.append(UInt8(ascii: "."))
        let magic: [UInt8] = [0x80, 2, UInt8(ascii: "N"), UInt8(ascii: ".")]
        let none: [UInt8] = [0x80, 2, UInt8(ascii: "]"), UInt8(ascii: ".")]
        let folder = try TemporaryDirectory()
        let path = folder.path + "/laughs.pth"
        try Data(magic + magic + magic + pickle + none).write(to: URL(fileURLWithPath: path))
        #expect {
            try TorchCheckpoint(path: path)
        } throws: {
            "\($0)".contains("without end")
        }
    }

    @Test func otherFilesAreRefused() throws {
        let text = URL(fileURLWithPath: #filePath).path
        #expect(throws: TorchCheckpointError.self) { try TorchCheckpoint(path: text) }
        #expect(throws: TorchCheckpointError.self) { try TorchCheckpoint(path: Self.folder) }
        #expect(throws: TorchCheckpointError.self) { try TorchCheckpoint(path: Self.folder + "/nothing.pth") }
    }
}
