/// A word, mark or number of a sentence, and where it stands.
package struct RequestToken: Sendable, Equatable {
    /// What the network reads: lower case without apostrophes, a mark, or a quantity's kind such as `#years`.
    package var word: String
    package var range: Range<String.Index>
    /// The number in it, where it is one.
    package var quantity: Quantity?

    package init(word: String, range: Range<String.Index>, quantity: Quantity? = nil) {
        (self.word, self.range, self.quantity) = (word, range, quantity)
    }
}

/// Splits a sentence into words, marks and quantities, and describes each word by hashed pieces of it, so that a
/// misspelt word still lies near the right one.
///
/// The hash is FNV-1a (64 bit) from a fixed offset: the same word has the same pieces on every machine.
package enum RequestTokenizer {
    /// The longest text read, in UTF-8 bytes.
    package static let longestText = 1024
    /// The most tokens read.
    package static let mostTokens = 64
    /// The letters of a word that count.
    static let longestWord = 20
    /// Rows of the table that `pieces(of:)` points into.
    static let buckets = 8192

    /// Words in lower case without apostrophes ("Don't!" is `dont`), the marks `,` `.` `?`, and numbers with their
    /// units as quantities.
    ///
    /// - Throws: `.tooLong`, `.unreadable`, `.wordless` or `.empty`.
    package static func tokens(of text: String) throws(RequestRefusal) -> [RequestToken] {
        guard text.utf8.count <= longestText else { throw .tooLong }
        let tokens = try Scanner.scan(text)
        guard tokens.count <= 2 * mostTokens else { throw .tooLong }
        guard text.unicodeScalars.contains(where: { $0.properties.isAlphabetic || isDigit($0) }) else {
            throw text.allSatisfy(\.isWhitespace) ? .empty : .wordless
        }
        let merged = QuantityReader.merged(tokens)
        guard merged.count <= mostTokens else { throw .tooLong }
        return merged
    }

    static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    /// Table rows of the whole word, of its runs of three and of four letters (with its ends marked). The first is the
    /// whole word's.
    static func pieces(of word: String) -> [Int] {
        let letters = [UInt8(ascii: "<")] + word.unicodeScalars.prefix(longestWord).flatMap { Array(String($0).utf8) }
        let marked = letters + [UInt8(ascii: ">")]
        var rows = [row(of: marked[...], kind: 0)]
        for length in 3...4 where marked.count >= length {
            for start in 0...marked.count - length {
                rows.append(row(of: marked[start..<start + length], kind: UInt8(length)))
            }
        }
        return rows
    }

    private static func row(of bytes: ArraySlice<UInt8>, kind: UInt8) -> Int {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in [kind] + bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        // The low bits of FNV-1a mix poorly for short strings.
        return Int((hash ^ (hash >> 32)) % UInt64(buckets))
    }
}

/// The first pass: characters to words, numbers and marks.
private struct Scanner {
    private var tokens: [RequestToken] = []
    private var word = ""
    private var start: String.Index?
    private var (latin, others) = (0, 0)

    static func scan(_ text: String) throws(RequestRefusal) -> [RequestToken] {
        var scanner = Scanner()
        let scalars = text.unicodeScalars
        var index = scalars.startIndex
        while index < scalars.endIndex {
            let next = scalars.index(after: index)
            let following = next < scalars.endIndex ? scalars[next] : " "
            try scanner.take(scalars[index], index..<next, following: following)
            index = next
        }
        scanner.endWord(at: scalars.endIndex)
        guard scanner.others <= scanner.latin else { throw .unreadable }
        return scanner.tokens
    }

    private mutating func take(
        _ scalar: Unicode.Scalar,
        _ range: Range<String.Index>,
        following: Unicode.Scalar
    ) throws(RequestRefusal) {
        let properties = scalar.properties
        if properties.isAlphabetic {
            if scalar.value < 0x250 || (0x1E00...0x1EFF).contains(scalar.value) { latin += 1 } else { others += 1 }
            append(properties.lowercaseMapping, range)
        } else if RequestTokenizer.isDigit(scalar) {
            append(String(scalar), range)
        } else if scalar == ".", RequestTokenizer.isDigit(following), word.allSatisfy(\.isNumber), !word.isEmpty {
            append(".", range)
        } else if properties.generalCategory == .control, !properties.isWhitespace {
            throw .unreadable
        } else if !Self.isSilent(scalar) {
            let inside = start != nil
            endWord(at: range.lowerBound)
            if let mark = Self.mark(scalar, following: following, insideWord: inside) { add(mark, range) }
        }
    }

    private mutating func append(_ letters: String, _ range: Range<String.Index>) {
        if start == nil { start = range.lowerBound }
        word += letters
    }

    private mutating func add(_ mark: String, _ range: Range<String.Index>) {
        // "!!!" is one mark.
        if tokens.last?.word == mark, mark != "to" { return }
        tokens.append(RequestToken(word: mark, range: range))
    }

    private mutating func endWord(at end: String.Index) {
        guard let start else { return }
        for part in Self.parts(of: word) { tokens.append(RequestToken(word: part, range: start..<end)) }
        (word, self.start) = ("", nil)
    }

    /// A number glued to its unit comes apart ("10yrs"); digits inside a word stand for letters ("sm1le").
    private static func parts(of word: String) -> [String] {
        guard word.contains(where: \.isNumber), !word.allSatisfy({ $0.isNumber || $0 == "." }) else { return [word] }
        let digits = word.prefix { $0.isNumber }
        let rest = String(word.dropFirst(digits.count))
        if !digits.isEmpty, ["s", "y", "yo", "yr", "yrs", "year", "years", "pct", "percent", "x"].contains(rest) {
            return rest == "s" ? [word] : [String(digits), rest]
        }
        let letters: [Character: Character] = ["0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t"]
        return [String(word.map { letters[$0] ?? $0 })]
    }

    /// Apostrophes, combining marks and invisible characters do not end a word.
    private static func isSilent(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .format: true
        default: ["'", "\u{2019}", "\u{2018}", "`", "\u{00B4}", "\u{02BC}"].contains(scalar)
        }
    }

    /// What a character between words says; nil for nothing.
    private static func mark(_ scalar: Unicode.Scalar, following: Unicode.Scalar, insideWord: Bool) -> String? {
        let beforeNumber = RequestTokenizer.isDigit(following)
        switch scalar {
        case ".", "!", "\u{2026}": return "."
        case "?": return "?"
        case ",", ";", "(", ")": return ","
        case ":": return beforeNumber || following == " " ? "," : nil
        case "-", "\u{2212}", "\u{2013}", "\u{2014}":
            if beforeNumber, !insideWord { return "-" }
            return following == ">" ? nil : (insideWord ? nil : ",")
        case "+": return beforeNumber ? "+" : "and"
        case "&": return "and"
        case "=", ">", "\u{2192}": return "to"
        case "/": return beforeNumber ? "/" : nil
        case "%": return "%"
        default: return nil
        }
    }
}
