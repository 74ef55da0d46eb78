import Glibc

/// The gain of a path that many scatterers make, of mean power 1: Rayleigh, or Rician with a line of sight.
///
/// `h = √(K/(K+1))·e^(iφ) + √(1/(K+1))·s` with `s ~ CN(0, 1)`. φ is the same all through a stream, s changes as `Pace` says.
public struct Fading: Sendable, Equatable {
    /// How the scattered part changes along a stream.
    public enum Pace: Sendable, Equatable {
        /// It stays as it is (quasi-static).
        case still
        /// It is drawn anew after so many symbols, one or more.
        case block(symbols: Int)
        /// Jakes' spectrum with the maximum Doppler shift f: the autocorrelation is `J0(2π·f·τ)`.
        case doppler(hertz: Double)
    }

    /// Sinusoids that add up to a Doppler spectrum; their sum is Gaussian but for a kurtosis of 2 − 1/32.
    private static let sinusoids = 32
    /// A Doppler spectrum's gain is computed so often in a turn of its fastest part, and lies on straight lines in between:
    /// their error is 70 dB below.
    private static let pointsPerTurn = 128.0

    private let kFactor: Double
    private let pace: Pace
    private let seed: UInt64

    /// - Parameters:
    ///   - kFactor: power of the line of sight over that of the scattered part; 0: Rayleigh, infinite: no fading.
    ///   - pace: how fast the gains change.
    ///   - seed: of the gains.
    public init(kFactor: Double, pace: Pace, seed: UInt64) {
        self.kFactor = kFactor
        self.pace = pace
        self.seed = seed
    }

    /// The gains that the symbols of a run meet.
    ///
    /// - Parameters:
    ///   - count: symbols of the run.
    ///   - run: where they stand in the stream.
    ///   - path: paths of other numbers fade independently.
    public func gains(_ count: Int, at run: SymbolRun, path: UInt32 = 0) -> [ComplexSymbol] {
        let direct = kFactor.isFinite ? (kFactor / (kFactor + 1)).squareRoot() : 1
        let word = Philox.words(seed: seed, purpose: .lineOfSight, stream: run.stream, index: UInt64(path)).0
        let lineOfSight = Float(direct) * ComplexSymbol.phasor(2 * .pi * Double(word >> 11) * 0x1p-53)
        guard kFactor.isFinite else { return [ComplexSymbol](repeating: lineOfSight, count: count) }
        let amplitude = Float((1 / (kFactor + 1)).squareRoot())
        return scattered(count, at: run, path: path).map { lineOfSight + amplitude * $0 }
    }

    private func scattered(_ count: Int, at run: SymbolRun, path: UInt32) -> [ComplexSymbol] {
        let source = NoiseSource(seed: seed, stream: run.stream, purpose: .fading)
        let first = UInt64(path) << 48
        switch pace {
        case .still: return [ComplexSymbol](repeating: source.noise(at: first), count: count)
        case .block(let symbols):
            let length = min(max(1, symbols), 1 << 40)
            let start = run.block(of: length)
            let drawn = (0...(start.offset + count) / length).map { number in
                source.noise(at: first | UInt64(bitPattern: start.number &+ Int64(number)) & 0xFFFF_FFFF_FFFF)
            }
            return (0..<count).map { drawn[(start.offset + $0) / length] }
        case .doppler(let hertz):
            let stride = max(1, min(4096, Int(min(1e6, run.rate / (Self.pointsPerTurn * max(abs(hertz), 1e-9))))))
            return lines(count, at: run, stride: stride, shift: 2 * .pi * hertz / run.rate, path: path)
        }
    }

    /// Jakes' process at every `stride`-th symbol, straight lines between.
    private func lines(
        _ count: Int,
        at run: SymbolRun,
        stride: Int,
        shift: Double,
        path: UInt32
    ) -> [ComplexSymbol] {
        let start = run.block(of: stride)
        let points = jakes(
            (start.offset + count) / stride + 2,
            first: start.number,
            step: shift * Double(stride),
            run.stream,
            path
        )
        return (start.offset..<start.offset + count).map { place in
            let (point, share) = (place / stride, Float(place % stride) / Float(stride))
            return (1 - share) * points[point] + share * points[point + 1]
        }
    }

    /// `s(n) = Σ e^(i(θ·n·cos α_m + φ_m)) / √M` with angles of arrival α_m at even distances from a random one, and random
    /// phases φ_m: the ensemble's autocorrelation is exactly J0 (Zheng and Xiao, "Simulation models with correct statistical
    /// properties for Rayleigh fading channels", 2003).
    ///
    /// - Parameter step: θ, the fastest part's turn between points in radians.
    private func jakes(
        _ count: Int,
        first: Int64,
        step: Double,
        _ stream: UInt32,
        _ path: UInt32
    ) -> [ComplexSymbol] {
        func uniform(_ number: Int) -> Double {
            let index = UInt64(path) << 48 | UInt64(number)
            return Double(Philox.words(seed: seed, purpose: .scatterers, stream: stream, index: index).0 >> 11)
                * 0x1p-53
        }
        var (sumI, sumQ) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
        let offset = uniform(Self.sinusoids)
        for number in 0..<Self.sinusoids {
            let arrival = 2 * .pi * (Double(number) + offset) / Double(Self.sinusoids)
            let turn = step * cos(arrival)
            let start = turn * Double(first) + 2 * .pi * uniform(number)
            var (i, q) = (cos(start), sin(start))
            let (turnI, turnQ) = (cos(turn), sin(turn))
            for point in 0..<count {
                sumI[point] += i
                sumQ[point] += q
                (i, q) = (i * turnI - q * turnQ, i * turnQ + q * turnI)
            }
        }
        let scale = 1 / Double(Self.sinusoids).squareRoot()
        return zip(sumI, sumQ).map { ComplexSymbol(i: Float($0 * scale), q: Float($1 * scale)) }
    }
}
