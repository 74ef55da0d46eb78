import Testing

@testable import SemanticCoding

@Suite struct TextTokenizerTests {
    private func words(_ text: String) throws -> [String] { try RequestTokenizer.tokens(of: text).map(\.word) }

    @Test(arguments: [
        ("Don't  SMILE, please!", ["dont", "smile", ",", "please", "."]),
        ("clean-shaven; in her 60's", ["clean", "shaven", ",", "in", "her", "#age"]),
        ("a five o\u{2019}clock shadow\r\n", ["a", "five", "oclock", "shadow"]),
        ("make her 😀 smile", ["make", "her", "smile"]), ("older?!!", ["older", "?", "."]),
        ("sm1le m0re", ["smile", "more"]), ("older \u{2013} a bit", ["older", ",", "a", "bit"]),
        ("beard & glasses + bangs", ["beard", "and", "glasses", "and", "bangs"]),
    ])
    func wordsAreLowerCaseAndMarksAreFew(text: String, words: [String]) throws {
        #expect(try self.words(text) == words)
    }

    @Test func aTokenKnowsWhereItStands() throws {
        let text = "Älter, 10 years!"
        let tokens = try RequestTokenizer.tokens(of: text)
        #expect(tokens.map { String(text[$0.range]) } == ["Älter", ",", "10 years", "!"])
        #expect(tokens.map(\.quantity) == [nil, nil, .years(10), nil])
    }

    @Test(arguments: [
        ("10 years older", Quantity.years(10)), ("10yrs younger", .years(10)), ("twenty five years", .years(25)),
        ("a decade", .years(10)), ("three decades", .years(30)), ("half a century", .years(50)),
        ("a couple of years", .years(2)), ("65 years old", .age(65)), ("a sixteen-year-old", .age(16)),
        ("in his forties", .age(45)), ("her late 60s", .age(65)), ("a thirty-something", .age(35)),
        ("30 % more", .percent(30)), ("fifty per cent", .percent(50)), ("12.5%", .percent(12.5)),
        ("smile -2", .signed(-2)), ("beard +1", .signed(1)), ("minus three", .signed(-3)),
        ("smile \u{2212}2", .signed(-2)),
        ("two notches", .steps(2)), ("level 4", .level(4)), ("3/5", .level(3)), ("four out of five", .level(4)),
        ("smile to 4", .number(4)), ("up to one", .number(1)), ("make him 80", .number(80)),
    ])
    func numbersAreQuantities(text: String, quantity: Quantity) throws {
        #expect(try RequestTokenizer.tokens(of: text).compactMap(\.quantity) == [quantity])
    }

    @Test(arguments: [
        "a three day beard", "five o'clock shadow", "the young one", "two pizzas", "99999999999 times",
    ])
    func otherNumbersAreNot(text: String) throws {
        #expect(try RequestTokenizer.tokens(of: text).allSatisfy { $0.quantity == nil })
    }

    @Test func yearsAreMonotonic() {
        let degrees = (1...200).map { Quantity.degrees(ofYears: Double($0)) }
        #expect(degrees == degrees.sorted() && degrees.first == 1 && degrees.last == 5)
        #expect([10, 20, 30, 40, 50].map { Quantity.degrees(ofYears: $0) } == [1, 2, 3, 4, 5])
        #expect([10, 30, 50, 100].map { Quantity.degrees(ofPercent: $0, from: 1) } == [1, 2, 3, 5])
        let ages = (0...120).map { Quantity.degree(ofAge: Double($0)) }
        #expect(ages == ages.sorted() && ages.first == 0 && ages.last == 5)
    }

    @Test func hostileTextIsRefusedAtOnce() {
        let cases: [(String, RequestRefusal)] = [
            ("", .empty), (" \t\n ", .empty), ("?!... --", .wordless), ("😀😀😀", .wordless), ("+ - = % /", .wordless),
            (String(repeating: "smile ", count: 170_000), .tooLong), (String(repeating: "a", count: 1 << 20), .tooLong),
            (String(repeating: "a ", count: 100), .tooLong), ("make her\u{0}smile", .unreadable),
            ("\u{1B}[31msmile", .unreadable), ("сделай её моложе", .unreadable), ("让她微笑", .unreadable),
            (String(decoding: [0xFF, 0xFE, 0x80, 0xC0] as [UInt8], as: UTF8.self), .wordless),
        ]
        for (text, refusal) in cases {
            #expect(throws: refusal) { try RequestTokenizer.tokens(of: text) }
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

@Suite struct RequestVocabularyTests {
    private let vocabulary = RequestVocabulary(
        words: ["goggles", "grin", "happy", "merry"],
        known: ["the", "smile", "beard", "younger", "eyeglasses", "glasses", "stubble"]
    )

    @Test(arguments: [
        ("smlie", "smile"), ("simle", "smile"), ("berad", "beard"), ("yonger", "younger"), ("eyeglsses", "eyeglasses"),
        ("eyglases", "eyeglasses"), ("teh", "the"), ("msile", "smile"), ("xqzv", "xqzv"), ("bear", "beard"),
        ("zzz", "zzz"),
        ("goggles", "goggles"), ("grinning", "grinning"), ("happier", "happier"), ("#years", "#years"), ("", ""),
    ])
    func aMisspeltWordIsTheOneThatWasMeant(word: String, meant: String) {
        #expect(vocabulary.corrected(word) == meant)
    }

    @Test func aFormOfAWordHasItsVector() {
        #expect(
            vocabulary.row(of: "grin") == 1 && vocabulary.row(of: "grinning") == 1 && vocabulary.row(of: "grins") == 1
        )
        #expect(vocabulary.row(of: "happier") == 2 && vocabulary.row(of: "merriest") == 3)
        #expect(vocabulary.row(of: "smile") == nil && vocabulary.row(of: "s") == nil)
    }

    @Test func itComesBackFromAFile() {
        let again = RequestVocabulary(metadata: vocabulary.metadata)
        #expect(again.words == vocabulary.words && again.known == vocabulary.known)
        #expect(RequestVocabulary(metadata: [:]).words.isEmpty)
    }
}
