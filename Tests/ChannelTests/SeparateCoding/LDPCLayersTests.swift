import CKernels
import Glibc
import Testing

@testable import Channel

@Suite struct LDPCLayersTests {
    private static let rules: [LDPCDecoder.Rule] = [.sumProduct, .minSum(scale: 0.8, offset: 0.25)]

    /// Two rows of a small code, by the formula.
    @Test(arguments: rules)
    func messagesAreThoseOfTheFormula(_ rule: LDPCDecoder.Rule) throws {
        let code = try LDPCCode(graph: .two, blockBits: 100)
        let noise = NoiseSource(seed: 9, stream: 0)
        var beliefs = (0..<code.wordBits).map { 4 * noise.noise(at: UInt64($0)).i }
        var layers = LDPCLayers(code: code, rowCount: 2, rule: rule)
        var said = [[Double]](repeating: [], count: 2 * code.liftingSize)
        for _ in 0..<3 {
            var expected = beliefs.map(Double.init)
            layers.update(&beliefs)
            for (row, edges) in code.rows.prefix(2).enumerated() {
                for bit in 0..<code.liftingSize {
                    let check = row * code.liftingSize + bit
                    let positions = edges.map { $0.column * code.liftingSize + (bit + $0.shift) % code.liftingSize }
                    let last = said[check].isEmpty ? positions.map { _ in 0 } : said[check]
                    let heard = zip(positions, last).map { expected[$0] - $1 }
                    said[check] = heard.indices.map { index in
                        message(rule, heard.indices.filter { $0 != index }.map { heard[$0] })
                    }
                    for (index, position) in positions.enumerated() {
                        expected[position] = heard[index] + said[check][index]
                    }
                }
            }
            // The logarithm of the sum-product rule is to within 0.018 at each of up to ten edges.
            let tolerance = if case .sumProduct = rule { 0.1 } else { 1e-4 }
            for (belief, expected) in zip(beliefs, expected) { #expect(abs(Double(belief) - expected) < tolerance) }
        }
    }

    /// What a check says that hears these ratios.
    private func message(_ rule: LDPCDecoder.Rule, _ ratios: [Double]) -> Double {
        switch rule {
        case .sumProduct:
            return 2 * atanh(ratios.reduce(1) { $0 * tanh($1 / 2) })
        case .minSum(let scale, let offset):
            let least = ratios.map(abs).min() ?? 0
            let isNegative = ratios.count { $0 < 0 } % 2 == 1
            return max(Double(scale) * least - Double(offset), 0) * (isNegative ? -1 : 1)
        }
    }

    /// Vectors of 128, 256 and 512 bits give the same numbers.
    @Test(arguments: rules)
    func allInstructionSetsAgree(_ rule: LDPCDecoder.Rule) throws {
        defer { _ = ck_limit_vector_bits(512) }
        for blockBits in [20, 333, 3840] {
            let code = try LDPCCode(graph: .two, blockBits: blockBits)
            let noise = NoiseSource(seed: 10, stream: 0)
            let received = (0..<code.wordBits).map { 1 + 2 * noise.noise(at: UInt64($0)).i }
            var reached: [[Float]] = []
            for bits in [Int32(128), 256, 512] where ck_limit_vector_bits(bits) == bits {
                var beliefs = received
                var layers = LDPCLayers(code: code, rowCount: 42, rule: rule)
                for _ in 0..<4 { layers.update(&beliefs) }
                reached.append(beliefs)
            }
            #expect(!reached.isEmpty)
            for other in reached.dropFirst() { #expect(other == reached[0]) }
        }
    }

    /// However long a word is decoded that is none, its ratios stay finite.
    @Test(arguments: rules + [.minSum(scale: 1, offset: 0)])
    func beliefsStayFinite(_ rule: LDPCDecoder.Rule) throws {
        let code = try LDPCCode(graph: .one, blockBits: 500)
        let noise = NoiseSource(seed: 11, stream: 0)
        var beliefs = (0..<code.wordBits).map { LDPCDecoder.limit * (noise.noise(at: UInt64($0)).i < 0 ? -1 : 1) }
        var layers = LDPCLayers(code: code, rowCount: 46, rule: rule)
        for _ in 0..<300 { layers.update(&beliefs) }
        #expect(beliefs.allSatisfy { abs($0) <= LDPCDecoder.limit * 50 })
    }
}
