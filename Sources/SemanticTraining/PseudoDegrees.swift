import Networks

/// Ordered degrees from binary labels. CelebA says only yes or no; its label decides between the lower and the upper
/// degrees of an attribute, and within each side a score of attribute logits orders the faces, cut at fixed shares.
/// They are pseudo-degrees: nobody has looked at each face and named its degree.
struct PseudoDegrees {
    private struct Rule {
        /// The label that splits the degrees; `inverted` when 0 means the upper side.
        let label: String
        let inverted: Bool
        /// Signed, standardised logits that order the faces.
        let terms: [(name: String, weight: Float)]
        /// Shares of the degrees below the split and above it.
        let lower: [Double]
        let upper: [Double]
    }

    private static let rules: [Rule] = [
        Rule(
            label: "Bangs",
            inverted: false,
            terms: [("Bangs", 1)],
            lower: [1],
            upper: [0.2, 0.25, 0.25, 0.2, 0.1]
        ),
        Rule(
            label: "Eyeglasses",
            inverted: false,
            terms: [("Eyeglasses", 1), ("darkness", 2)],
            lower: [1],
            upper: [0.25, 0.3, 0.25, 0.1, 0.1]
        ),
        Rule(
            label: "No_Beard",
            inverted: true,
            terms: [
                ("No_Beard", -1), ("Goatee", 0.7), ("Mustache", 0.5), ("Sideburns", 0.5), ("5_o_Clock_Shadow", -0.5),
            ],
            lower: [1],
            upper: [0.3, 0.25, 0.2, 0.15, 0.1]
        ),
        Rule(
            label: "Smiling",
            inverted: false,
            terms: [("Smiling", 1), ("Mouth_Slightly_Open", 0.6)],
            lower: [1],
            upper: [0.2, 0.3, 0.25, 0.15, 0.1]
        ),
        Rule(
            label: "Young",
            inverted: true,
            terms: [("Young", -1), ("Gray_Hair", 0.5), ("Bags_Under_Eyes", 0.2), ("Double_Chin", 0.2)],
            lower: [0.08, 0.27, 0.65],
            upper: [0.5, 0.3, 0.2]
        ),
    ]

    /// The first degree of the upper side and the binary truth of each head, for scoring against CelebA's labels.
    static func binaryTruth(head: Int, labels: [Float], attributes: [String]) -> (firstUpper: Int, upper: Bool)? {
        let rule = rules[head]
        guard let column = attributes.firstIndex(of: rule.label) else { return nil }
        return (rule.lower.count, (labels[column] > 0.5) != rule.inverted)
    }

    /// Degrees [N][5].
    ///
    /// - Parameters:
    ///   - logits: the stage 1 network's, [N][attributes].
    ///   - darkness: of each picture's eyes against its cheeks.
    static func degrees(
        logits: [[Float]],
        darkness: [Float],
        labels: [[Float]],
        attributes: [String]
    ) -> [[Int]]? {
        var columns: [String: [Float]] = ["darkness": standardised(darkness)]
        for (index, name) in attributes.enumerated() { columns[name] = standardised(logits.map { $0[index] }) }
        var degrees = [[Int]](repeating: [0, 0, 0, 0, 0], count: logits.count)
        for (head, rule) in rules.enumerated() {
            var scores = [Float](repeating: 0, count: logits.count)
            for term in rule.terms {
                guard let column = columns[term.name] else { return nil }
                for row in scores.indices { scores[row] += term.weight * column[row] }
            }
            guard let split = attributes.firstIndex(of: rule.label) else { return nil }
            for (isUpper, shares, offset) in [(false, rule.lower, 0), (true, rule.upper, rule.lower.count)] {
                let members = labels.indices.filter { ((labels[$0][split] > 0.5) != rule.inverted) == isUpper }
                    .sorted { (scores[$0], $0) < (scores[$1], $1) }
                var reached = 0.0
                var begin = 0
                for (degree, share) in shares.enumerated() {
                    reached += share
                    let end = degree == shares.count - 1 ? members.count : Int(reached * Double(members.count))
                    for member in members[begin..<max(begin, end)] { degrees[member][head] = offset + degree }
                    begin = max(begin, end)
                }
            }
        }
        return degrees
    }

    /// How much darker the eyes' band is than the cheeks: sunglasses are, clear lenses are not.
    static func darkness(_ picture: [UInt8]) -> Float {
        func mean(_ rows: Range<Int>, _ columns: Range<Int>) -> Float {
            var sum = 0
            for y in rows {
                for x in columns {
                    let at = (y * FaceDataset.edge + x) * 3
                    sum += Int(picture[at]) + Int(picture[at + 1]) + Int(picture[at + 2])
                }
            }
            return Float(sum) / Float(3 * rows.count * columns.count)
        }
        return mean(72..<88, 40..<88) - mean(52..<66, 36..<92)
    }

    private static func standardised(_ column: [Float]) -> [Float] {
        let mean = column.reduce(0, +) / Float(max(1, column.count))
        let variance = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(max(1, column.count))
        let scale = 1 / max(variance.squareRoot(), 1e-6)
        return column.map { ($0 - mean) * scale }
    }
}
