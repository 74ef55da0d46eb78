import Foundation
import Imaging
import Tensor

/// What Scripts/golden_metrics.py wrote, and the features and pictures that it measured, drawn by the same formulas.
struct MetricsGolden: Decodable {
    struct Kernel: Decodable { let whole, mean, deviation: Double }
    struct Interval: Decodable { let value, lower, upper: Double }

    let frechet: [String: Double]
    let kernel: [String: Kernel]
    let bootstrap: [String: Interval]
    let msssim: [String: Double]
    let vgg16: [Double]

    init() throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: tests.appending(path: "Fixtures/metrics.json"))
        self = try JSONDecoder().decode(Self.self, from: data)
    }

    static func uniforms(_ count: Int, seed: UInt64) -> [Double] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in Double(random.next() >> 11) * 0x1p-53 }
    }

    static func features(_ n: Int, _ d: Int, seed: UInt64, scale: Double = 1, shift: Double = 0) -> DoubleMatrix {
        let values = uniforms(n * d, seed: seed).enumerated().map { index, value in
            let column = index % d
            return column == d - 1 ? 0 : value * value * scale + (column % 3 == 1 ? shift : 0)
        }
        return DoubleMatrix(values, rows: n, columns: d)
    }

    static func sets(_ name: String) -> (DoubleMatrix, DoubleMatrix) {
        name == "many"
            ? (features(60, 12, seed: 1), features(50, 12, seed: 2, scale: 1.3, shift: 0.4))
            : (features(9, 20, seed: 3), features(7, 20, seed: 4, scale: 0.8, shift: 0.2))
    }

    static func picture(_ width: Int, _ height: Int, phase: Double) -> Picture {
        let pixels = (0..<width * height * 3).map { index -> UInt8 in
            let (x, y, c) = (Double(index / 3 % width), Double(index / 3 / width), Double(index % 3))
            let smooth = sin(0.11 * x + 0.7 * c + phase) * cos(0.07 * y - 0.4 * c)
            return UInt8((127.5 + 90 * smooth + 30 * sin(1.7 * Double(index) + 3 * phase)).rounded(.down))
        }
        return Picture(width: width, height: height, pixels: pixels)
    }
}

/// Whether two numbers agree to a share of the second.
func agree(_ value: Double, _ expected: Double, to share: Double = 1e-6) -> Bool {
    abs(value - expected) <= share * abs(expected)
}
