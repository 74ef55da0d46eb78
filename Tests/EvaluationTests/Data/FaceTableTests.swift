import TestSupport
import Testing

@testable import Evaluation

@Suite struct FaceTableTests {
    private func table(_ text: String) -> FaceTable { FaceTable(bytes: Array(text.utf8), path: "table.txt") }

    @Test func theTablesAreRead() throws {
        let splits = try table("a.jpg 0\r\nb.jpg  1\n\nc.jpg\t2").partition()
        #expect(splits == ["a.jpg": .train, "b.jpg": .validation, "c.jpg": .test])
        let originals = try table("idx  orig_idx  orig_file\n0  119613  119614.jpg\n1 4 5.jpg\n").originals()
        #expect(originals == [0: "119614.jpg", 1: "5.jpg"])
        let attributes = try table("2\nBald Smiling\na.jpg  1 -1\nb.jpg -1  1\n").attributes()
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
        #expect(
            throws: FaceSourceError.damagedTable(
                path: "table.txt",
                line: line,
                reason: "a file and 0, 1 or 2 are needed"
            )
        ) {
            try table(text).partition()
        }
    }

    @Test(arguments: [
        "", "x\nBald\n", "1\n", "2\nBald\na.jpg 1\n", "1\nBald\na.jpg 0\n", "1\nBald\na.jpg 1 1\n",
        "1\nBald Hat\na.jpg 1\n",
        "-1\nBald\n", "1\n" + String(repeating: "A ", count: 65) + "\n",
    ])
    func damagedAttributesAreRefused(text: String) throws {
        #expect(throws: FaceSourceError.self) { try table(text).attributes() }
    }

    @Test(arguments: ["0 1", "x y z", "0 y 1.jpg", "99999999999999999999 1 1.jpg"])
    func damagedMappingsAreRefused(text: String) throws {
        #expect(throws: FaceSourceError.self) { try table(text).originals() }
    }

    @Test func mutationsNeverTrap() throws {
        let seeds = ["a.jpg 0\nb.jpg 1\n", "idx orig_idx orig_file\n0 5 6.jpg\n", "1\nBald Hat\na.jpg 1 -1\n"]
        let fuzzer = try Fuzzer("face-table", seeds: seeds.map { Array($0.utf8) }, isText: true)
        let (_, accepted) = try fuzzer.run(share: 0.02) { bytes in
            let table = FaceTable(bytes: bytes, path: "table.txt")
            let isPartition = (try? table.partition()) != nil
            let isMapping = (try? table.originals()) != nil
            return (try? table.attributes()) != nil || isMapping || isPartition
        }
        #expect(accepted >= 3)
    }
}
