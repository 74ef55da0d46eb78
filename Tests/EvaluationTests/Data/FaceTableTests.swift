import Foundation
import TestSupport
import Testing

@testable import Evaluation

@Suite struct FaceTableTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func write(_ text: String) throws -> String {
        let path = folder.path + "/table.txt"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test func theTablesAreRead() throws {
        let splits = try FaceTable.partition(path: write("a.jpg 0\r\nb.jpg  1\n\nc.jpg\t2"))
        #expect(splits == ["a.jpg": .train, "b.jpg": .validation, "c.jpg": .test])
        let originals = try FaceTable.originals(
            path: write("idx  orig_idx  orig_file\n0  119613  119614.jpg\n1 4 5.jpg\n")
        )
        #expect(originals == [0: "119614.jpg", 1: "5.jpg"])
        let attributes = try FaceTable.attributes(path: write("2\nBald Smiling\na.jpg  1 -1\nb.jpg -1  1\n"))
        #expect(attributes.names == ["Bald", "Smiling"])
        #expect(
            attributes.has("Bald", picture: "a.jpg") == true && attributes.has("Smiling", picture: "a.jpg") == false
        )
        #expect(attributes.has("Smiling", picture: "b.jpg") == true)
        #expect(attributes.has("Hat", picture: "a.jpg") == nil && attributes.has("Bald", picture: "c.jpg") == nil)
    }

    @Test(arguments: [
        ("a.jpg 3", 1), ("a.jpg 0\nb.jpg", 2), ("a.jpg 0\nb.jpg 1 1", 2), ("a.jpg,0", 1), ("\u{0}\u{1}", 1),
    ])
    func damagedPartitionsAreRefused(text: String, line: Int) throws {
        let path = try write(text)
        #expect(throws: FaceSourceError.damagedTable(path: path, line: line, reason: "a file and 0, 1 or 2 are needed"))
        {
            try FaceTable.partition(path: path)
        }
    }

    @Test(arguments: [
        "", "x\nBald\n", "1\n", "2\nBald\na.jpg 1\n", "1\nBald\na.jpg 0\n", "1\nBald\na.jpg 1 1\n",
        "1\nBald Hat\na.jpg 1\n",
        "-1\nBald\n", "1\n" + String(repeating: "A ", count: 65) + "\n",
    ])
    func damagedAttributesAreRefused(text: String) throws {
        let path = try write(text)
        if text == "" {
            #expect(try FaceTable.attributes(path: path).names.isEmpty)
        } else {
            #expect(throws: FaceSourceError.self) { try FaceTable.attributes(path: path) }
        }
    }

    @Test(arguments: ["0 1", "x y z", "0 y 1.jpg", "99999999999999999999 1 1.jpg"])
    func damagedMappingsAreRefused(text: String) throws {
        let path = try write(text)
        #expect(throws: FaceSourceError.self) { try FaceTable.originals(path: path) }
    }

    @Test func mutationsNeverTrap() throws {
        let seeds = ["a.jpg 0\nb.jpg 1\n", "idx orig_idx orig_file\n0 5 6.jpg\n", "1\nBald Hat\na.jpg 1 -1\n"]
        let fuzzer = try Fuzzer("face-table", seeds: seeds.map { Array($0.utf8) }, isText: true)
        let path = folder.path + "/fuzzed.txt"
        let (_, accepted) = try fuzzer.run(share: 0.02) { bytes in
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let isPartition = (try? FaceTable.partition(path: path)) != nil
            let isMapping = (try? FaceTable.originals(path: path)) != nil
            return (try? FaceTable.attributes(path: path)) != nil || isMapping || isPartition
        }
        #expect(accepted >= 3)
    }
}
