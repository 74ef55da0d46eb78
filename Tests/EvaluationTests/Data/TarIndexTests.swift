import Foundation
import TestSupport
import Testing

@testable import Evaluation

@Suite struct TarIndexTests {
    /// The contents of the files by their paths.
    private func files(_ bytes: [UInt8]) throws -> [String: [UInt8]] {
        let index = try TarIndex(count: bytes.count) { range in
            try #require(range.lowerBound >= 0 && range.upperBound <= bytes.count, "asks for \(range)")
            return Array(bytes[range])
        }
        for file in index.files { try #require(file.range.upperBound <= bytes.count) }
        return Dictionary(index.files.map { ($0.path, Array(bytes[$0.range])) }) { $1 }
    }

    private func refusal(_ bytes: [UInt8]) -> TarIndex.Refusal? {
        do {
            _ = try files(bytes)
            return nil
        } catch { return error as? TarIndex.Refusal }
    }

    private static let long = String(repeating: "long/", count: 40) + "name.png"

    /// One of each kind of entry.
    private static let good = {
        var tar = TarBuilder()
        tar.add("folder/", type: "5")
        tar.add("folder/a.png", [1, 2, 3])
        tar.add("link.png", type: "2", size: TarBuilder.octal(600))
        tar.add("b.png", [UInt8](repeating: 7, count: 1000), type: "\u{0}")
        tar.add("old/", type: "\u{0}", magic: "")
        tar.addRecords("path=\(long)", "mtime=1.5", "size=2")
        tar.add("short", [4, 5], size: TarBuilder.octal(0))
        tar.add("L", Array((long + ".gnu\u{0}").utf8), type: "L", magic: "ustar  \u{0}")
        tar.add("K", Array("target\u{0}".utf8), type: "K", magic: "ustar  \u{0}")
        tar.add("short", [6], magic: "ustar  \u{0}")
        tar.add("name.png", [8], prefix: "prefix")
        tar.add("big.png", [9, 9], size: TarBuilder.base256(2))
        tar.addRecords("GNU.sparse.major=1", "GNU.sparse.minor=0")
        tar.add("sparse.png", [1])
        tar.add("pax_global", Array("11 comment=\n".utf8), type: "g")
        tar.add("empty.png")
        return tar
    }()

    @Test func regularFilesAreFound() throws {
        let expected: [String: [UInt8]] = [
            "folder/a.png": [1, 2, 3], "b.png": [UInt8](repeating: 7, count: 1000), Self.long: [4, 5],
            Self.long + ".gnu": [6], "prefix/name.png": [8], "big.png": [9, 9], "empty.png": [],
        ]
        #expect(try files(Self.good.finished) == expected)
        // One block of zeros ends an archive too, and what comes behind does not matter.
        #expect(try files(Self.good.bytes + [UInt8](repeating: 0, count: 512)) == expected)
        #expect(try files(Self.good.finished + [1, 2, 3]) == expected)
        #expect(try files([UInt8](repeating: 0, count: 1024)).isEmpty)
    }

    @Test func whatIsCutOffIsRefused() {
        let whole = Self.good.bytes
        for count in stride(from: 0, through: whole.count, by: 1) where count % 64 < 2 || count > whole.count - 600 {
            #expect(refusal(Array(whole[..<count])) != nil, "\(count) of \(whole.count) bytes")
        }
    }

    @Test(arguments: [
        ("huge", TarBuilder.octal(0o77_777_777_777)), ("one too large", TarBuilder.octal(1025 + 513)),
        ("negative", [UInt8](repeating: 0xFF, count: 12)), ("base 256", TarBuilder.base256(.max)),
        ("beyond 63 bits", [0xBF] + [UInt8](repeating: 0xFF, count: 11)), ("a sign", Array("-0000000001\u{0}".utf8)),
        ("a digit", Array("00000000009\u{0}".utf8)), ("a gap", Array("00000 00001\u{0}".utf8)),
    ])
    func sizesThatCannotBeAreRefused(name: String, size: [UInt8]) throws {
        var tar = TarBuilder()
        tar.add("a.png", [1], size: size)
        let found = try #require(refusal(tar.finished))
        #expect(found.place == 0 && found.reason.contains("size") || found.reason.contains("beyond"))
    }

    @Test func namesWithoutEndAreTaken() throws {
        let name = String(repeating: "x", count: 100)
        var tar = TarBuilder()
        tar.add(name, [1], prefix: String(repeating: "y", count: 155))
        #expect(try files(tar.finished) == [String(repeating: "y", count: 155) + "/" + name: [1]])
        var long = TarBuilder()
        long.add("L", [UInt8](repeating: 0x78, count: 5000), type: "L")
        long.add("short", [1])
        #expect(refusal(long.finished)?.reason.contains("path") == true)
    }

    @Test(arguments: [
        "12 path=a", "6 path=a.png\n", "x path=a.png\n", "99 path=a.png\n", "0 path=a\n", "2 \n", "-9 path=a\n",
        "10 path a\n", "9999999999999999999999 path=a\n", "10 size=x1\n", "9 size=\n", "11 size=-12\n", "\u{0}", "15",
        "30 size=1234567890123456789\n", " ",
    ])
    func damagedRecordsAreRefused(records: String) throws {
        var tar = TarBuilder()
        tar.add("pax", Array(records.utf8), type: "x")
        tar.add("a.png", [1])
        #expect(try #require(refusal(tar.finished)).reason.contains("pax"), "\(records)")
    }

    @Test func headersThatAreTooLongAreRefused() {
        var tar = TarBuilder()
        tar.add("pax", [UInt8](repeating: 0x20, count: 70_000), type: "x")
        #expect(refusal(tar.finished)?.reason.contains("too long") == true)
    }

    @Test func damagedHeadersAreRefused() {
        var bytes = Self.good.finished
        bytes[Self.good.headers[1]] ^= 1
        #expect(
            refusal(bytes)
                == TarIndex.Refusal(
                    place: Self.good.headers[1],
                    reason: "the header's checksum is wrong: no tar archive, or a damaged one"
                )
        )
        #expect(refusal(Array("no archive".utf8) + [UInt8](repeating: 1, count: 600))?.place == 0)
    }

    /// Seeded mutations, as they are and with checksums that fit, so that what lies behind them is reached. `files`
    /// demands that nothing outside is asked for.
    @Test func mutationsNeverTrap() throws {
        let headers = Self.good.headers
        var (mended, reasons) = (0, Set<String>())
        let fuzzer = try Fuzzer("tar", seeds: [Self.good.finished])
        let (tried, accepted) = try fuzzer.run(share: 0.05) { bytes in
            var changed = bytes
            for header in headers { TarBuilder.mend(&changed, at: header) }
            for input in [bytes, changed] {
                do {
                    _ = try files(input)
                    if input == changed { mended += 1 }
                } catch let refusal as TarIndex.Refusal {
                    reasons.insert(String(refusal.reason.prefix(10)))
                    guard refusal.place >= 0 && refusal.place <= input.count else { throw refusal }
                }
            }
            return (try? files(bytes)) != nil
        }
        #expect(tried >= 2500 && accepted > 0 && mended > accepted && reasons.count >= 4, "\(reasons)")
    }
}
