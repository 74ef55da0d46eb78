import Foundation
import Tensor
import Testing

@testable import SemanticCoding

/// Against PyTorch's LSTM in double precision (Scripts/golden_text.py).
@Suite struct TextNetworkTests {
    private static let tags: [Float] = [
        -0.151841, -1.303551, 0.980223, -0.048504, -1.759517, 1.462447, -0.8711, -0.022324, -0.118599,
        -0.754799, 0.056957, -0.118113, -1.788519, 0.421318, -0.730582, -1.163812, 0.596095, -0.608401,
        -0.7627, -0.351334, 0.174012,
    ]
    /// Clause by clause: act, attribute, degree.
    private static let heads: [Float] = [
        19.116348, -16.144918, -6.111041, 24.480474, -13.719687, -4.123817, 27.863555, -9.952226, -2.609067,
        24.902281, -13.220995, -3.396212, 18.79954, -18.644067, -0.911338, 24.100183, -15.91685, 17.733253,
        -20.399936, 4.324698, 22.759094, -17.479459, 5.459993,
        17.089115, -16.349936, -3.453716, 21.826094, -14.633084, -1.670574, 25.172869, -11.181165, -0.467023,
        22.443275, -13.905015, -0.877641, 16.255821, -18.362515, 1.455411, 20.989475, -16.332543, 14.774459,
        -19.643038, 6.306515, 19.316071, -17.380875, 7.249251,
        10.272755, -8.677592, -3.044786, 12.825377, -7.578442, -2.022686, 14.844554, -5.374181, -1.097636,
        13.20386, -7.305696, -1.771112, 10.065797, -9.991147, -0.287015, 12.561766, -8.709718, 9.457547,
        -10.906387, 2.482198, 11.797356, -9.493766, 3.149261,
    ]

    /// 0.2·sin(0.9·i + phase)·(1 + (i mod 7)/7).
    private static func wave(_ shape: [Int], _ phase: Double) -> Tensor {
        var values: [Float] = []
        for i in 0..<shape.reduce(1, *) {
            let swing: Double = sin(0.9 * Double(i) + phase)
            let height: Double = 1 + Double(i % 7) / 7
            values.append(Float(0.2 * swing * height))
        }
        return Tensor(values, shape: shape)
    }

    private static let sentences: [[TextNetwork.Word]] = [
        [
            .init(text: "make", vector: 0, hasPieces: true), .init(text: "her", vector: 1, hasPieces: true),
            .init(text: "grumpy", vector: 2, hasPieces: false), .init(text: ",", vector: nil, hasPieces: true),
            .init(text: "older", vector: 3, hasPieces: true),
        ], [.init(text: "smile", vector: nil, hasPieces: true), .init(text: "#years", vector: nil, hasPieces: true)],
    ]

    @Test func tagsAndClausesAreAsInAnotherImplementation() {
        let tensors = TextNetwork.shapes(vectors: 4).enumerated().map { Self.wave($1.shape, 0.1 * Double($0)) }
        let network = TextNetwork(tensors: tensors, trainable: false)
        let states = network.states(Self.sentences)
        let clauses: [TextNetwork.Clause] = [
            .init(sentence: 0, words: 0..<3), .init(sentence: 0, words: 4..<5), .init(sentence: 1, words: 0..<2),
        ]
        let answer = network.answer(clauses, states)
        let found = network.tags(states).value.values
        #expect(found.count == Self.tags.count)
        #expect(zip(found, Self.tags).allSatisfy { abs($0 - $1) < 2e-4 }, "\(found)")
        let heads = [answer.act, answer.attribute, answer.degree].map(\.value)
        let rows = (0..<3).flatMap { row in
            heads.flatMap { (head: Tensor) -> [Float] in
                let width = head.shape[1]
                return Array(head.values[row * width..<(row + 1) * width])
            }
        }
        #expect(rows.count == Self.heads.count)
        #expect(zip(rows, Self.heads).allSatisfy { abs($0 - $1) < 2e-3 }, "\(rows)")
    }

    @Test func aSentenceReadsTheSameInAnyBatch() {
        let tensors = TextNetwork.shapes(vectors: 4).enumerated().map { Self.wave($1.shape, 0.1 * Double($0)) }
        let network = TextNetwork(tensors: tensors, trainable: false)
        let all = network.tags(network.states(Self.sentences.reversed())).value.values
        let alone = network.tags(network.states([Self.sentences[0]])).value.values
        #expect(zip(all.dropFirst(6), alone).allSatisfy { abs($0 - $1) < 1e-5 })
    }
}
