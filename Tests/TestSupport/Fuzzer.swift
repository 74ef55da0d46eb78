import Foundation

/// Seeded mutations of good inputs.
///
/// `DEEPSC_FUZZ_INPUTS` is the number of inputs over all parsers, `DEEPSC_FUZZ_SEED` the seed. What each parser is at is
/// written to `.build/fuzz/NAME` every thousand inputs, so that a crash can be met again.
package struct Fuzzer {
    /// Of all parsers together: few in the ordinary tests, ten million and more for `make fuzz`.
    package static let inputs = ProcessInfo.processInfo.environment["DEEPSC_FUZZ_INPUTS"].flatMap { Int($0) } ?? 50_000
    package static let seed = ProcessInfo.processInfo.environment["DEEPSC_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1

    package static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    private let name: String
    private let seeds: [[UInt8]]
    private let isText: Bool

    /// - Parameters:
    ///   - name: of the parser; `Corpus/NAME` has seeds.
    ///   - seeds: further ones.
    ///   - isText: whether whole words are spliced in as well.
    package init(_ name: String, seeds: [[UInt8]] = [], isText: Bool = false) throws {
        self.name = name
        self.isText = isText
        var all = seeds
        let corpus = "\(Self.root)/Tests/FuzzTests/Corpus/\(name)"
        for file in (try? FileManager.default.contentsOfDirectory(atPath: corpus))?.sorted() ?? [] {
            all.append(Array(try Data(contentsOf: URL(fileURLWithPath: "\(corpus)/\(file)"))))
        }
        self.seeds = all
    }

    /// The files of a directory in the repository with one of the endings.
    package static func files(_ directory: String, _ endings: String...) throws -> [[UInt8]] {
        try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(directory)").sorted()
            .filter { name in endings.contains { name.hasSuffix($0) } }
            .map { Array(try Data(contentsOf: URL(fileURLWithPath: "\(root)/\(directory)/\($0)"))) }
    }

    /// Tries each seed as it is, then `share` of all inputs, mutated.
    ///
    /// - Parameter parse: returns whether the input was accepted.
    /// - Returns: how many inputs were tried, and how many of them were accepted.
    package func run(share: Double, _ parse: ([UInt8]) throws -> Bool) throws -> (tried: Int, accepted: Int) {
        let count = max(250, Int(Double(Self.inputs) * share))
        let progress = "\(Self.root)/.build/fuzz"
        try FileManager.default.createDirectory(atPath: progress, withIntermediateDirectories: true)
        var accepted = try seeds.count { try parse($0) }
        for block in 0..<(count + 999) / 1000 {
            try Data("seed \(Self.seed) block \(block)\n".utf8).write(to: URL(fileURLWithPath: "\(progress)/\(name)"))
            var generator = Generator(seed: Self.seed &* 0x1000_0000 &+ UInt64(block))
            for _ in 0..<min(1000, count - block * 1000) where try parse(mutated(&generator)) { accepted += 1 }
        }
        return (seeds.count + count, accepted)
    }

    /// A seed, changed in one to six places.
    package func mutated(_ generator: inout Generator) -> [UInt8] {
        var bytes = seeds.randomElement(using: &generator) ?? []
        for _ in 0..<Int.random(in: 1...6, using: &generator) { mutate(&bytes, &generator) }
        return bytes
    }

    private func mutate(_ bytes: inout [UInt8], _ generator: inout Generator) {
        guard !bytes.isEmpty else {
            bytes = [UInt8.random(in: 0...255, using: &generator)]
            return
        }
        let place = Int.random(in: bytes.indices, using: &generator)
        let length = min(bytes.count - place, Int.random(in: 1...16, using: &generator))
        switch Int.random(in: 0..<(isText ? 10 : 9), using: &generator) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF, 0x22, 0x7B].randomElement(using: &generator) ?? 0
        case 2: bytes[place] = .random(in: 0...255, using: &generator)
        case 3: bytes.removeSubrange(place..<place + length)
        case 4: bytes.removeLast(bytes.count - place)
        case 5: bytes.insert(contentsOf: Array(bytes[place..<place + length]), at: place)
        case 6: bytes += (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
        case 7:
            // A 16- or 32-bit number at its limits, in either order of bytes.
            let value = [0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF].randomElement(using: &generator) ?? 0
            for (offset, shift) in [24, 16, 8, 0].enumerated() where place + offset < bytes.count {
                bytes[place + offset] = UInt8(truncatingIfNeeded: value >> shift)
            }
        case 8:
            let other = seeds.randomElement(using: &generator) ?? []
            guard !other.isEmpty else { return }
            let from = Int.random(in: other.indices, using: &generator)
            bytes.replaceSubrange(place..., with: other[from...])
        default:
            let words = [
                "null", "-1", "1e999", "\"\"", "[]", "{}", "true", "\u{202E}", "99999999999999999999", "=", "\n[",
            ]
            bytes.insert(contentsOf: Array((words.randomElement(using: &generator) ?? "").utf8), at: place)
        }
    }

    /// SplitMix64.
    package struct Generator: RandomNumberGenerator {
        private var state: UInt64

        package init(seed: UInt64) {
            state = seed
        }

        package mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
