import Testing

@testable import SemanticCoding
@testable import SemanticTraining

@Suite struct PseudoDegreesTests {
    private let attributes = [
        "Bangs", "Eyeglasses", "No_Beard", "Goatee", "Mustache", "Sideburns", "5_o_Clock_Shadow", "Smiling",
        "Mouth_Slightly_Open", "Young", "Gray_Hair", "Bags_Under_Eyes", "Double_Chin",
    ]

    /// A hundred faces, half of them on each side of each label, logits rising with the row.
    private func made() throws -> (degrees: [[Int]], labels: [[Float]]) {
        let labels = (0..<100).map { row in attributes.map { _ in Float(row % 2) } }
        let logits = (0..<100).map { row in attributes.map { _ in Float(row) } }
        let degrees = PseudoDegrees.degrees(
            logits: logits,
            darkness: (0..<100).map(Float.init),
            labels: labels,
            attributes: attributes
        )
        return (try #require(degrees), labels)
    }

    @Test func labelDecidesTheSide() throws {
        let (degrees, labels) = try made()
        for head in 0..<5 {
            for row in 0..<100 {
                let truth = try #require(
                    PseudoDegrees.binaryTruth(head: head, labels: labels[row], attributes: attributes)
                )
                #expect((degrees[row][head] >= truth.firstUpper) == truth.upper)
            }
        }
    }

    @Test func higherScoreNeverMeansLowerDegreeOnOneSide() throws {
        let (degrees, _) = try made()
        let smiling = 3
        let smilers = stride(from: 1, to: 100, by: 2).map { degrees[$0][smiling] }
        #expect(smilers == smilers.sorted())
        #expect(Set(smilers) == [1, 2, 3, 4, 5])
    }

    @Test func missingColumnIsRefused() {
        let degrees = PseudoDegrees.degrees(
            logits: [[0]],
            darkness: [0],
            labels: [[1]],
            attributes: ["Bangs"]
        )
        #expect(degrees == nil)
    }
}
