import Foundation
import Imaging
import Networks
import SemanticCoding
import Tensor

/// How far the first guess gets before any inversion step.
public struct FirstGuessScore: Encodable, Sendable {
    public let pictures: Int
    /// Edge in pixels at which pictures are compared.
    public let resolution: Int
    /// Share of the codes' squared distance from their mean that the guess explains: of all of it, and along the
    /// leading 8, 32 and 128 eigenvectors of W's covariance. Absent where the codes are unknown.
    public let determination: [String: Double]?
    /// One row for each share of the guess that was tried; share 0 is the mean of W.
    public let starts: [Start]

    /// What inversion would start from, were the guess's distance from the mean multiplied by `share`.
    public struct Start: Encodable, Sendable {
        public let share: Float
        /// Means over the pictures: LPIPS (VGG16) and squared error in [−1, 1].
        public let lpips, mse: Double
        /// Pictures to which it is nearer, by LPIPS, than the mean of W.
        public let nearer: Int
    }
}

/// Compares the first guess with the mean of W as the start of an inversion.
public struct FirstGuessEvaluation {
    private let generator: MobileStyleGAN
    private let lpips: LPIPS
    private let statistics: LatentStatistics
    private let guess: FirstGuess
    private let shares: [Float]
    private let resolution: Int

    /// - Parameters:
    ///   - lpips: the VGG16 variant.
    ///   - shares: of the guess's distance from the mean; 0 is tried in any case.
    ///   - resolution: at which pictures are compared: 128, 256 or 512.
    public init(
        generator: MobileStyleGAN,
        lpips: LPIPS,
        statistics: LatentStatistics,
        guess: FirstGuess,
        shares: [Float],
        resolution: Int
    ) {
        self.generator = generator
        self.lpips = lpips
        self.statistics = statistics
        self.guess = guess
        self.shares = [0] + shares.filter { $0 != 0 }
        self.resolution = resolution
    }

    /// On faces of the generator's own, at truncations 0.5 to 1.0, that training has not seen.
    public func score(drawing count: Int, seed: UInt64, progress: (Int) -> Void = { _ in }) -> FirstGuessScore {
        var random = SeededGenerator(seed: seed ^ 0x4556_414C)
        var (codes, guesses, errors): ([[Float]], [[Float]], [[(lpips: Double, mse: Double)]]) = ([], [], [])
        for index in 0..<count {
            progress(index)
            let truncation = Float.random(in: 0.5...1, using: &random)
            let w = statistics.drawn(by: generator, truncation: truncation, generator: &random)
            let picture = generator.picture(of: w.value.values, resolution: FaceAligner.edge)
            codes.append(zip(w.value.values, statistics.mean).map { $0 - $1 })
            guesses.append(guess.offset(for: picture))
            errors.append(self.errors(of: picture))
        }
        return FirstGuessScore(
            pictures: count,
            resolution: resolution,
            determination: determination(codes, guesses),
            starts: starts(errors)
        )
    }

    /// On photos in the FFHQ frame.
    public func score(photos: [Picture], progress: (Int) -> Void = { _ in }) -> FirstGuessScore {
        let errors = photos.enumerated().map { index, photo in
            progress(index)
            return self.errors(of: photo)
        }
        return FirstGuessScore(
            pictures: photos.count,
            resolution: resolution,
            determination: nil,
            starts: starts(errors)
        )
    }

    private func errors(of picture: Picture) -> [(lpips: Double, mse: Double)] {
        let values = picture.resizedArea(width: resolution, height: resolution).signed
        let target = Variable(Tensor(values, shape: [1, resolution, resolution, 3]))
        let features = lpips.features(of: target)
        let offset = guess.offset(for: picture)
        return shares.map { share in
            let code = zip(statistics.mean, offset).map { $0 + share * $1 }
            let drawn = generator.synthesize(Variable(Tensor(code, shape: [1, code.count])), resolution: resolution)
            let distance = lpips.distance(drawn, toFeatures: features).mean()
            return (Double(distance.scalar), Double((drawn - target).squared().mean().scalar))
        }
    }

    private func starts(_ errors: [[(lpips: Double, mse: Double)]]) -> [FirstGuessScore.Start] {
        let count = Double(max(1, errors.count))
        return shares.enumerated().map { index, share in
            FirstGuessScore.Start(
                share: share,
                lpips: errors.reduce(0) { $0 + $1[index].lpips } / count,
                mse: errors.reduce(0) { $0 + $1[index].mse } / count,
                nearer: errors.count { $0[index].lpips < $0[0].lpips }
            )
        }
    }

    /// R² over all codes: of everything, and along the leading eigenvectors.
    private func determination(_ codes: [[Float]], _ guesses: [[Float]]) -> [String: Double] {
        func explained(_ codes: [[Float]], _ guesses: [[Float]], last: Int) -> Double {
            var (error, total) = (0.0, 0.0)
            for (code, guess) in zip(codes, guesses) {
                for (wanted, found) in zip(code.suffix(last), guess.suffix(last)) {
                    error += Double((wanted - found) * (wanted - found))
                    total += Double(wanted * wanted)
                }
            }
            return 1 - error / total
        }
        let size = statistics.mean.count
        var result = ["all": explained(codes, guesses, last: size)]
        guard let basis = Tensor(statistics.covariance, shape: [size, size]).eigenbasis else { return result }
        // Rows of the transposed basis are eigenvectors, by rising eigenvalue: the leading ones come last.
        var rows = [Float](repeating: 0, count: size * size)
        let columns = basis.values
        for i in 0..<size { for j in 0..<size { rows[j * size + i] = columns[i * size + j] } }
        let weight = Variable(Tensor(rows, shape: [size, size]))
        func turned(_ all: [[Float]]) -> [[Float]] {
            all.map { Variable(Tensor($0, shape: [1, size])).linear(weight: weight).value.values }
        }
        let (turnedCodes, turnedGuesses) = (turned(codes), turned(guesses))
        for last in [8, 32, 128] { result["leading \(last)"] = explained(turnedCodes, turnedGuesses, last: last) }
        return result
    }
}
