import Testing

@testable import SemanticCoding

@Suite struct TextTokenizerTests {
    @Test(arguments: [
        ("Don't  SMILE, please!", ["dont", "smile", "please"]),
        ("clean-shaven; in her 60's", ["clean", "shaven", "in", "her", "60s"]),
        ("a five o\u{2019}clock shadow\r\n", ["a", "five", "oclock", "shadow"]),
        ("make her 😀 smile", ["make", "her", "smile"]),
    ])
    func wordsAreLowerCaseWithoutPunctuation(text: String, words: [String]) throws {
        #expect(try RequestTokenizer.words(of: text) == words)
    }

    @Test func hostileTextIsRefusedAtOnce() {
        let cases: [(String, RequestRefusal)] = [
            ("", .empty), (" \t\n ", .empty), ("?!... --", .empty), ("😀😀😀", .empty),
            (String(repeating: "smile ", count: 170_000), .tooLong), (String(repeating: "a", count: 1 << 20), .tooLong),
            (String(repeating: "a ", count: 100), .tooLong), ("make her\u{0}smile", .unreadable),
            ("\u{1B}[31msmile", .unreadable), ("сделай её моложе", .unreadable), ("让她微笑", .unreadable),
            (String(decoding: [0xFF, 0xFE, 0x80, 0xC0] as [UInt8], as: UTF8.self), .empty),
        ]
        for (text, refusal) in cases {
            #expect(throws: refusal) { try RequestTokenizer.words(of: text) }
        }
    }

    @Test func aMisspeltWordSharesPiecesWithTheRightOne() {
        let right = Set(RequestTokenizer.pieces(of: "eyeglasses"))
        #expect(right.intersection(RequestTokenizer.pieces(of: "eyeglases")).count >= 6)
        #expect(right.intersection(RequestTokenizer.pieces(of: "beard")).count <= 2)
        for word in ["a", "i", "no", String(repeating: "x", count: 900)] {
            let pieces = RequestTokenizer.pieces(of: word)
            #expect(!pieces.isEmpty && pieces.count < 60)
            #expect(pieces.allSatisfy { (0..<RequestTokenizer.buckets).contains($0) })
        }
    }
}
