import Testing

@testable import Channel

@Suite struct LDPCTests {
    /// Every shift of the tables, filler bits, rates from 1/5 to 0.94, and interleaving.
    @Test func codedBitsAreThoseOfSionna() throws {
        let codes = try GoldenLDPC.load().codes
        #expect(codes.count == 30)
        for golden in codes {
            let graph = try #require(LDPCBaseGraph(rawValue: golden.graph))
            let code = try LDPCCode(graph: graph, blockBits: golden.blockBits)
            #expect(code.liftingSize == golden.liftingSize)
            let matcher = LDPCRateMatcher(
                code: code,
                blockBits: golden.blockBits,
                sentBits: golden.sentBits,
                modulationOrder: golden.modulationOrder
            )
            let word = code.encode(filled(testBits(golden.blockBits, seed: golden.seed), for: code))
            #expect(hexadecimal(matcher.match(word)) == golden.coded, "\(golden.blockBits) of \(golden.sentBits)")
        }
    }

    @Test(arguments: LDPCBaseGraph.allCases)
    func allParityChecksHold(_ graph: LDPCBaseGraph) {
        #expect(LiftingSize.all.count == 51)
        for size in LiftingSize.all {
            let code = LDPCCode(graph: graph, liftingSize: size)
            var word = code.encode(testBits(code.informationBits, seed: UInt64(size.value)))
            #expect(word.count == code.wordBits)
            #expect(code.isSatisfied(by: word), "lifting size \(size.value)")
            for position in [0, word.count / 2, word.count - 1] {
                word[position] ^= 1
                #expect(!code.isSatisfied(by: word))
                word[position] ^= 1
            }
        }
    }

    /// A code is linear: the sum of two words is a word.
    @Test func sumsOfWordsAreWords() throws {
        let code = try LDPCCode(graph: .one, blockBits: 2000)
        let blocks = [testBits(code.informationBits, seed: 1), testBits(code.informationBits, seed: 2)]
        let words = blocks.map(code.encode)
        let sum = zip(blocks[0], blocks[1]).map { $0 ^ $1 }
        #expect(code.encode(sum) == zip(words[0], words[1]).map { $0 ^ $1 })
    }

    /// Also sent more than once around the buffer, and with so few parities that hardly a row is useful.
    @Test(arguments: LDPCBaseGraph.allCases)
    func whatIsSentWithoutNoiseIsDecoded(_ graph: LDPCBaseGraph) throws {
        let draws = UniformSource(seed: 5, stream: UInt32(graph.rawValue))
        for index in 0..<60 {
            let blockBits = 12 + Int(draws.number(at: UInt64(3 * index)) * Double(graph.largestBlock - 12))
            let order = [2, 4, 6, 8][index % 4]
            let rate = 0.1 + 0.8 * draws.number(at: UInt64(3 * index + 1))
            let sentBits = (Int(Double(blockBits) / rate) + order - 1) / order * order
            let matcher = try LDPCRateMatcher(
                graph: graph,
                blockBits: blockBits,
                sentBits: sentBits,
                modulationOrder: order
            )
            let code = try LDPCCode(graph: graph, blockBits: blockBits)
            let block = filled(testBits(blockBits, seed: UInt64(index)), for: code)
            let ratios = matcher.match(code.encode(block)).map { $0 == 0 ? Float(4) : -4 }
            let decoder = LDPCDecoder(code: code, rowCount: matcher.usefulRows)
            let outcome = decoder.decode(matcher.recover(ratios))
            #expect(outcome.isCodeword && outcome.word.prefix(block.count) == block[...], "\(blockBits) of \(sentBits)")
        }
    }

    @Test func liftingSizesAreTheLeastThatFit() throws {
        #expect(LiftingSize.all.first?.value == 2 && LiftingSize.all.last == LiftingSize(value: 384, setIndex: 1))
        func size(_ graph: LDPCBaseGraph, _ bits: Int) -> Int? {
            LiftingSize.smallest(blockBits: bits, segmentedBits: bits, graph: graph)?.value
        }
        #expect(size(.one, 8448) == 384 && size(.one, 8449) == nil && size(.one, 44) == 2 && size(.one, 45) == 3)
        #expect(size(.two, 3840) == 384 && size(.two, 3841) == nil)
        // K_b steps from 6 to 8, 9 and 10.
        #expect(size(.two, 192) == 32 && size(.two, 193) == 26 && size(.two, 560) == 72 && size(.two, 561) == 64)
        #expect(size(.two, 640) == 72 && size(.two, 641) == 72)
    }

    @Test func theBaseGraphFollowsSizeAndRate() {
        func graph(_ bits: Int, _ rate: Double) -> LDPCBaseGraph { LDPCBaseGraph(transportBlockBits: bits, rate: rate) }
        #expect(graph(292, 0.9) == .two && graph(293, 0.9) == .one && graph(293, 0.67) == .two)
        #expect(graph(3824, 0.67) == .two && graph(3825, 0.67) == .one && graph(100_000, 0.25) == .two)
    }

    /// A decoder that is told nothing knows nothing, although the word of zeros would fit.
    @Test func erasuresAloneAreNotDecoded() throws {
        let code = try LDPCCode(graph: .two, blockBits: 400)
        let matcher = try LDPCRateMatcher(graph: .two, blockBits: 400, sentBits: 800, modulationOrder: 2)
        let outcome = LDPCDecoder(code: code, rowCount: matcher.usefulRows)
            .decode(matcher.recover([Float](repeating: 0, count: 800)))
        #expect(!outcome.isDecided && !outcome.isCodeword && outcome.iterations == 50)
    }

    @Test func threeFifthsOfAWordAtOneThirdMayBeMissing() throws {
        let code = try LDPCCode(graph: .one, blockBits: 8448)
        let matcher = try LDPCRateMatcher(graph: .one, blockBits: 8448, sentBits: 25344, modulationOrder: 2)
        let block = testBits(8448, seed: 3)
        var ratios = matcher.match(code.encode(block)).map { $0 == 0 ? Float(8) : -8 }
        let draws = UniformSource(seed: 3, stream: 0)
        for index in ratios.indices where draws.number(at: UInt64(index)) < 0.6 { ratios[index] = 0 }
        let outcome = LDPCDecoder(code: code, rowCount: matcher.usefulRows).decode(matcher.recover(ratios))
        #expect(outcome.isCodeword && outcome.word.prefix(8448) == block[...])
    }

    private func filled(_ block: [UInt8], for code: LDPCCode) -> [UInt8] {
        block + [UInt8](repeating: 0, count: code.informationBits - block.count)
    }
}
