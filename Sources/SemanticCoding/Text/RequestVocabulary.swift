import Networks
import Tensor

/// The words that have vectors, and those that the training's sentences have: what a misspelt word is compared with.
package struct RequestVocabulary: Sendable {
    /// Rows of the table of word vectors.
    private let rows: [String: Int]
    /// Words of the training's sentences, the most frequent first.
    package let known: [String]
    private let ranks: [String: Int]
    /// `known` by first letter, as bytes.
    private let byInitial: [UInt8: [[UInt8]]]
    /// The words with vectors, in the table's order.
    package let words: [String]

    package init(words: [String], known: [String]) {
        (self.words, self.known) = (words, known)
        rows = Dictionary(words.enumerated().map { ($1, $0) }) { first, _ in first }
        ranks = Dictionary(known.enumerated().map { ($1, $0) }) { first, _ in first }
        byInitial = Dictionary(grouping: known.map { Array($0.utf8) }.filter { $0.count > 2 }) { $0[0] }
    }

    /// As an encoder's file says it.
    package init(metadata: [String: String]) {
        func list(_ name: String) -> [String] { (metadata[name] ?? "").split(separator: " ").map(String.init) }
        self.init(words: list("words"), known: list("known"))
    }

    /// For an encoder's file.
    package var metadata: [String: String] {
        ["words": words.joined(separator: " "), "known": known.joined(separator: " ")]
    }

    package func knows(_ word: String) -> Bool { ranks[word] != nil }

    /// The row of the word's vector, or of the word that it is a form of.
    package func row(of word: String) -> Int? {
        if let row = rows[word] { return row }
        for (ending, stem) in Self.endings where word.hasSuffix(ending) && word.count > ending.count + 2 {
            let cut = String(word.dropLast(ending.count))
            if let row = rows[cut + stem] { return row }
            if let last = cut.last, cut.dropLast().last == last, let row = rows[String(cut.dropLast())] { return row }
        }
        return nil
    }

    private static let endings = [
        ("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("er", ""),
        ("er", "e"),
        ("ier", "y"), ("est", ""), ("est", "e"), ("iest", "y"), ("ly", ""), ("y", ""), ("ish", ""), ("less", ""),
        ("ness", ""), ("iness", "y"),
    ]

    /// The word itself where it is one, or else the word that it was probably meant to be.
    package func corrected(_ word: String) -> String {
        guard word.count > 2, word.first != "#", !knows(word), row(of: word) == nil else { return word }
        let letters = Array(word.utf8)
        var best: (word: [UInt8], distance: Int)?
        let most = letters.count >= 7 ? 2 : 1
        var swapped = letters
        swapped.swapAt(0, 1)
        if byInitial[swapped[0]]?.contains(swapped) == true { return String(decoding: swapped, as: UTF8.self) }
        for candidate in byInitial[letters[0]] ?? [] where abs(candidate.count - letters.count) <= most {
            let distance = Self.distance(letters, candidate)
            // Of three letters only the order may be wrong.
            guard distance <= most, letters.count > 3 || candidate.count == 3 && candidate.sorted() == letters.sorted()
            else { continue }
            if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
        }
        return best.map { String(decoding: $0.word, as: UTF8.self) } ?? word
    }

    /// Letters to insert, drop, replace or swap with the neighbour (optimal string alignment).
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var (before, last) = ([Int](), Array(0...b.count))
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var least = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, before[j - 1] + 1) }
                row.append(least)
            }
            (before, last) = (last, row)
        }
        return last[b.count]
    }
}
