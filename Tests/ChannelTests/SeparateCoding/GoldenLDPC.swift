import Foundation

@testable import Channel

/// The contents of Fixtures/golden_ldpc.json, all of it made by Sionna.
struct GoldenLDPC: Decodable {
    struct Check: Decodable {
        var name: String
        var count: Int
        var seed: UInt64
        var parity: String
    }

    struct Code: Decodable, Sendable {
        var graph: Int
        var blockBits: Int
        var sentBits: Int
        var modulationOrder: Int
        var seed: UInt64
        var liftingSize: Int
        var coded: String
    }

    struct Demapping: Decodable {
        var modulationOrder: Int
        var seed: UInt64
        var symbols: [[Float]]
        var received: [[Float]]
        var noiseVariances: [Float]
        var exact: [Float]
        var maxLog: [Float]
    }

    struct Size: Decodable {
        var channelUses: Int
        var modulationOrder: Int
        var rate: Double
        var bits: Int
    }

    struct TransportBlock: Decodable {
        var channelUses: Int
        var modulationOrder: Int
        var rate: Double
        var bits: Int
        var seed: UInt64
        var scramblingSeed: UInt32
        var codeBlocks: Int
        var coded: String
    }

    struct BlockErrors: Decodable, Sendable {
        var graph: Int
        var blockBits: Int
        var channelUses: Int
        var modulationOrder: Int
        var decibels: Double
        var rule: String
        var iterations: Int
        var blocks: Int
        var errors: Int
    }

    var crc: [Check]
    var codes: [Code]
    var demapping: [Demapping]
    var sizes: [Size]
    var transportBlocks: [TransportBlock]
    var blockErrors: [BlockErrors]

    static func load(file: String = #filePath) throws -> GoldenLDPC {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appendingPathComponent("Fixtures/golden_ldpc.json"))
        return try JSONDecoder().decode(GoldenLDPC.self, from: data)
    }
}

/// Bits that Scripts/golden_ldpc.py draws, too: 128 of each index, the most significant first.
func testBits(_ count: Int, seed: UInt64) -> [UInt8] {
    let bits = (0..<(count + 127) / 128).flatMap { index -> [UInt8] in
        let words = Philox.words(seed: seed, purpose: .fate, stream: 0, index: UInt64(index))
        return [words.0, words.1].flatMap { word in (0..<64).reversed().map { UInt8(word >> $0 & 1) } }
    }
    return Array(bits.prefix(count))
}

/// Bits as bytes, the first one on top; zeros fill the last byte.
func packed(_ bits: [UInt8]) -> [UInt8] {
    stride(from: 0, to: bits.count, by: 8).map { start in
        let byte = bits[start..<min(start + 8, bits.count)]
        return byte.reduce(0) { $0 << 1 | $1 } << (8 - byte.count)
    }
}

/// Packed bits as hexadecimal.
func hexadecimal(_ bits: [UInt8]) -> String {
    packed(bits).map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }.joined()
}

extension LDPCRateMatcher {
    /// The matcher of a block of K′ bits that is a transport block of its own, CRC included.
    init(graph: LDPCBaseGraph, blockBits: Int, sentBits: Int, modulationOrder: Int) throws {
        self.init(
            code: try LDPCCode(graph: graph, blockBits: blockBits),
            blockBits: blockBits,
            sentBits: sentBits,
            modulationOrder: modulationOrder
        )
    }
}

extension LDPCCode {
    struct TooLong: Error {}

    /// The code of a block of K′ bits that is a transport block of its own, CRC included.
    init(graph: LDPCBaseGraph, blockBits: Int) throws {
        guard let size = LiftingSize.smallest(blockBits: blockBits, segmentedBits: blockBits, graph: graph) else {
            throw TooLong()
        }
        self.init(graph: graph, liftingSize: size)
    }
}
