import Testing

@testable import Channel

/// Block error rates over AWGN next to those of Sionna's decoders at the same settings.
@Suite struct BlockErrorTests {
    private static let rules = ["sumProduct": LDPCDecoder.Rule.sumProduct, "minSum": .normalisedMinSum]

    /// Within three and a half standard deviations of the difference of two counts: one point in 2,000 lies outside.
    @Test func asManyBlocksFailAsInSionna() throws {
        let points = try GoldenLDPC.load().blockErrors
        #expect(points.count == 11)
        for point in points {
            let blocks = 300
            let rate = Double(try failures(point, blocks: blocks)) / Double(blocks)
            let expected = Double(point.errors) / Double(point.blocks)
            let pooled = (rate * Double(blocks) + Double(point.errors)) / Double(blocks + point.blocks)
            let deviation = (pooled * (1 - pooled) * (1 / Double(blocks) + 1 / Double(point.blocks))).squareRoot()
            #expect(abs(rate - expected) <= 3.5 * deviation, "\(point): \(rate) for \(expected)")
            // Neither nothing nor everything: there is something to compare.
            #expect(expected > 0.01 && expected < 0.9)
        }
    }

    /// How many blocks are decoded to something else than was sent.
    private func failures(_ point: GoldenLDPC.BlockErrors, blocks: Int) throws -> Int {
        let graph = try #require(LDPCBaseGraph(rawValue: point.graph))
        let modulation = try #require(Modulation(rawValue: point.modulationOrder))
        let code = try LDPCCode(graph: graph, blockBits: point.blockBits)
        let matcher = LDPCRateMatcher(
            code: code,
            blockBits: point.blockBits,
            sentBits: point.channelUses * point.modulationOrder,
            modulationOrder: point.modulationOrder
        )
        let decoder = LDPCDecoder(
            code: code,
            rowCount: matcher.usefulRows,
            iterations: point.iterations,
            rule: try #require(Self.rules[point.rule])
        )
        let demapper = SoftDemapper(modulation)
        let channel = AWGNChannel(snrDB: point.decibels, seed: 2024)
        let variances = [Float](repeating: Float(channel.noiseVariance), count: point.channelUses)
        let filler = [UInt8](repeating: 0, count: code.informationBits - point.blockBits)
        return (0..<blocks).count { index in
            let block = testBits(point.blockBits, seed: UInt64(index)) + filler
            let sent = modulation.symbols(from: matcher.match(code.encode(block)))
            let received = channel.apply(sent, stream: UInt32(index), firstIndex: 0)
            let outcome = decoder.decode(matcher.recover(demapper.ratios(of: received, noiseVariances: variances)))
            return outcome.word.prefix(point.blockBits) != block.prefix(point.blockBits)
        }
    }
}
