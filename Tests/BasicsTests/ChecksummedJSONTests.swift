import Foundation
import Testing

@testable import Basics

struct ChecksummedJSONTests {
    private struct Content: Codable, Equatable {
        var name = "a transfer"
        var numbers = [1, 2, 3]
    }

    @Test func whatWasWrittenIsRead() throws {
        let file = try ChecksummedJSON.encode(Content())
        #expect(try ChecksummedJSON.decode(Content.self, from: file) == Content())
        let whole = try #require(try JSONSerialization.jsonObject(with: Data(file)) as? [String: Any])
        #expect((whole["content"] as? [String: Any])?["name"] as? String == "a transfer")
    }

    @Test func everyChangedByteAndEveryCutIsNoticed() throws {
        let file = try ChecksummedJSON.encode(Content())
        var accepted = 0
        for index in file.indices {
            var changed = file
            changed[index] ^= 0x20
            if (try? ChecksummedJSON.decode(Content.self, from: changed)) != nil { accepted += 1 }
            if (try? ChecksummedJSON.decode(Content.self, from: Array(file[..<index]))) != nil { accepted += 1 }
        }
        #expect(accepted == 0)
        #expect(throws: ChecksummedJSON.Damaged.self) { try ChecksummedJSON.decode(Content.self, from: file + [10]) }
        #expect(throws: DecodingError.self) { try ChecksummedJSON.decode(Int.self, from: file) }
    }
}
