import Foundation

@testable import Channel

/// The contents of Fixtures/golden_channel.json.
struct Golden: Decodable {
    struct Noise: Decodable {
        var seed: String
        var stream: UInt32
        var index: String
        var value: [Float]
    }

    struct Estimate: Decodable {
        var pilots: [[Float]]
        var received: [[Float]]
        var erased: [Bool]
        var gain: [Double]
        var noiseVariance: Double
        var snrDB: Double
    }

    struct Equalize: Decodable {
        var received: [[Float]]
        var scale: Float
        var values: [Float]
        var noiseVariance: Float
    }

    struct LMMSE: Decodable {
        var covariance: [Float]
        var values: [Float]
        var noiseVariance: [Float?]
        var estimate: [Float]
    }

    var noise: [Noise]
    var estimate: Estimate
    var equalize: Equalize
    var lmmse: LMMSE

    static func load(file: String = #filePath) throws -> Golden {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appendingPathComponent("Fixtures/golden_channel.json"))
        return try JSONDecoder().decode(Golden.self, from: data)
    }
}

extension ComplexSymbol {
    init(_ parts: [Float]) {
        self.init(i: parts[0], q: parts[1])
    }
}

/// A code of `count` reals with a bell-shaped spread, the same for the same seed.
func testCode(_ count: Int, seed: UInt64) -> [Float] {
    let source = NoiseSource(seed: seed, stream: 999)
    return (0..<count / 2).flatMap { index -> [Float] in
        let symbol = source.noise(at: UInt64(index))
        return [symbol.i * 3, symbol.q * 0.5]
    }
}
