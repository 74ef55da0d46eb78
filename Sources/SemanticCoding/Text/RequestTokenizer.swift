/// Splits a sentence into words and describes each by hashed pieces of it, so that a misspelt word still lies near the
/// right one.
///
/// The hash is FNV-1a (64 bit) from a fixed offset: the same word has the same pieces on every machine.
package enum RequestTokenizer {
    /// The longest text read, in UTF-8 bytes.
    package static let longestText = 1024
    /// The most words read.
    package static let mostWords = 48
    /// The letters of a word that count.
    static let longestWord = 20
    /// Rows of the table that `pieces(of:)` points into.
    static let buckets = 8192

    /// The words in lower case, without punctuation and apostrophes: "Don't!" is `dont`.
    ///
    /// - Throws: `.tooLong`, `.unreadable` or `.empty`.
    package static func words(of text: String) throws(RequestRefusal) -> [String] {
        guard text.utf8.count <= longestText else { throw .tooLong }
        var words: [String] = []
        var word = String.UnicodeScalarView()
        var (latin, others) = (0, 0)
        for scalar in text.unicodeScalars {
            let properties = scalar.properties
            if properties.isAlphabetic {
                if scalar.value < 0x250 || (0x1E00...0x1EFF).contains(scalar.value) { latin += 1 } else { others += 1 }
                for lower in properties.lowercaseMapping.unicodeScalars { word.append(lower) }
            } else if properties.numericType == .decimal {
                word.append(scalar)
            } else if properties.generalCategory == .control, !properties.isWhitespace {
                throw .unreadable
            } else if !isSilent(scalar), !word.isEmpty {
                words.append(String(word))
                word.removeAll()
            }
        }
        if !word.isEmpty { words.append(String(word)) }
        guard others <= latin else { throw .unreadable }
        guard !words.isEmpty else { throw .empty }
        guard words.count <= mostWords else { throw .tooLong }
        return words
    }

    /// Apostrophes, combining marks and invisible characters do not end a word.
    private static func isSilent(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .format: true
        default: ["'", "\u{2019}", "\u{2018}", "`", "\u{00B4}", "\u{02BC}"].contains(scalar)
        }
    }

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
