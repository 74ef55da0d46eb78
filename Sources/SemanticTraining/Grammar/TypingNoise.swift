import Tensor

/// What happens to a sentence between the head and the line: openings, case, punctuation, slips of the fingers.
enum TypingNoise {
    /// Single blanks, no blank before a comma, "an" before a vowel.
    static func tidied(_ text: String) -> String {
        var words = text.split(separator: " ").map(String.init)
        var index = 0
        while index < words.count {
            if words[index] == "," || words[index] == "." {
                if index > 0 { words[index - 1] += words[index] }
                words.remove(at: index)
                continue
            }
            if words[index] == "a", index + 1 < words.count, let next = words[index + 1].first {
                if "aeiou".contains(next), words[index + 1] != "university" { words[index] = "an" }
                if words[index + 1] == "a" { words.remove(at: index) }
            }
            index += 1
        }
        return words.joined(separator: " ")
    }

    /// The sentence with an opening or a closing now and then, capital letters and a mark at the end.
    static func dressed(_ parts: [SentencePart], _ random: inout SeededGenerator) -> [SentencePart] {
        var parts = parts
        if random.chance(0.02) {
            // As in a telegram: no articles.
            for index in parts.indices where parts[index].meaning != nil {
                let words = parts[index].text.split(separator: " ")
                parts[index].text = words.filter { !["the", "a", "an"].contains($0) }.joined(separator: " ")
            }
        }
        let isTalk = parts.count == 1 && parts[0].meaning?.speaksOfEdits == true
        if random.chance(isTalk ? 0.03 : 0.08) {
            parts.insert(SentencePart(SentenceFrame.opening.expanded(&random) { _, _ in "" }), at: 0)
        }
        if random.chance(0.1), !isTalk {
            parts.append(SentencePart(SentenceFrame.closing.expanded(&random) { _, _ in "" }))
        }
        let letterCase = random.uniform()
        if letterCase < 0.03 {
            for index in parts.indices { parts[index].text = parts[index].text.uppercased() }
        } else if letterCase < 0.7 {
            parts[0].text = parts[0].text.prefix(1).uppercased() + parts[0].text.dropFirst()
        } else {
            for index in parts.indices { parts[index].text = parts[index].text.lowercased() }
        }
        let asks = ["can", "could", "would", "will", "how", "what", "why", "is", "may", "should"]
        let opening = parts[0].text.lowercased().split(separator: " ").first.map(String.init) ?? ""
        let marks =
            asks.contains(opening)
            ? [".", "?", "?", "?", "?", ""] : [".", ".", ".", ".", "", "", "", "!", "!", "...", "!!"]
        if parts.last?.text.last != "?" { parts.append(SentencePart(random.pick(marks))) }
        return parts.filter { !$0.text.isEmpty }
    }

    /// One or two slips: letters swapped, dropped, doubled, or a neighbouring key.
    static func misspelt(_ text: String, _ random: inout SeededGenerator) -> String {
        var words = text.split(separator: " ").map { Array($0) }
        let long = words.indices.filter { words[$0].count > 3 }
        guard !long.isEmpty else { return text }
        for _ in 0..<(random.chance(0.25) ? 2 : 1) {
            let word = random.pick(long)
            slip(&words[word], &random)
        }
        return words.map { String($0) }.joined(separator: " ")
    }

    private static func slip(_ letters: inout [Character], _ random: inout SeededGenerator) {
        guard letters.count > 3 else { return }
        // The first letter is seldom wrong.
        let at = 1 + random.index(letters.count - 2)
        switch random.index(5) {
        case 0: letters.swapAt(at, at + 1)
        case 1: letters.remove(at: at)
        case 2: letters.insert(letters[at], at: at)
        case 3: if let near = neighbours[letters[at]] { letters[at] = random.pick(near) }
        default: if let near = neighbours[letters[at]] { letters.insert(random.pick(near), at: at) }
        }
    }

    /// The keys beside each letter on a QWERTY keyboard.
    private static let neighbours: [Character: [Character]] = {
        let rows = ["qwertyuiop", "asdfghjkl", "zxcvbnm"].map { Array($0) }
        var near: [Character: [Character]] = [:]
        for (r, row) in rows.enumerated() {
            for (c, key) in row.enumerated() {
                for (dr, dc) in [(0, -1), (0, 1), (-1, 0), (-1, 1), (1, -1), (1, 0)] {
                    let (nr, nc) = (r + dr, c + dc)
                    if rows.indices.contains(nr), rows[nr].indices.contains(nc) {
                        near[key, default: []].append(rows[nr][nc])
                    }
                }
            }
        }
        return near
    }()
}
