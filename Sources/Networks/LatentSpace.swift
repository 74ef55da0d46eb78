import Tensor

/// Which numbers stand for a face.
public enum LatentKind: String, Codable, Sendable, CaseIterable {
    /// The generator's w, the same for all its layers: the paper's code.
    case w
    /// The numbers that `LatentExpansion` makes W+ of.
    case expanded
}

/// A generator that draws faces from short codes, and what is known of these codes over faces: both ends of the link
/// share it.
public struct LatentSpace: Sendable {
    /// Which numbers they are.
    public let kind: LatentKind
    /// Draws the codes.
    public let generator: any StyleGenerator
    /// Of the usual code.
    public let statistics: LatentStatistics
    /// Of photos' codes.
    public let photos: LatentStatistics
    /// What codes of the usual dimension n, without their mean over photos, are multiplied by before they go on the air, [n, n];
    /// nil where they go out as they are.
    public let precoder: Tensor?
    /// Standard deviations over faces of the numbers of the longest code that can be sent.
    public let deviations: [Float]
    /// The network behind `generator`.
    public let network: any MappedGenerator
    private let expansion: LatentExpansion?

    /// W of a generator.
    public init(network: any MappedGenerator, statistics: LatentStatistics) {
        (kind, generator, self.statistics, self.network) = (.w, network, statistics, network)
        photos = statistics
        precoder = nil
        deviations = statistics.deviations
        expansion = nil
    }

    /// The codes of an expansion.
    ///
    /// - Parameters:
    ///   - network: draws W+.
    ///   - expansion: makes W+ of codes.
    ///   - photos: of photos' codes, as long as the expansion's usual ones; the expansion's own statistics by default.
    ///   - precoder: [n, n], of codes of the usual dimension; without it they go on the air as they are.
    public init(
        network: MobileStyleGAN,
        expansion: LatentExpansion,
        photos: LatentStatistics? = nil,
        precoder: Tensor? = nil
    ) {
        kind = .expanded
        generator = ExpandedGenerator(generator: network, expansion: expansion)
        statistics = expansion.statistics
        self.photos = photos ?? expansion.statistics
        self.precoder = precoder
        deviations = expansion.deviations
        self.network = network
        self.expansion = expansion
    }

    /// How many numbers a code has unless more or fewer are asked for.
    public var dimension: Int { statistics.mean.count }

    /// How many numbers a code has at most.
    public var maximumDimension: Int { deviations.count }

    /// Of codes of `count` numbers as the generator's prior has them.
    public func prior(dimension count: Int) -> LatentStatistics {
        let length = min(count, dimension)
        let matrix = Tensor(diagonal: deviations.prefix(count).map { $0 * $0 })
        matrix.withUnsafeMutableBufferPointer { values in
            for row in 0..<length {
                for column in 0..<length {
                    values[row * count + column] = statistics.covariance[row * dimension + column]
                }
            }
        }
        let fine = [Float](repeating: 0, count: count - length)
        return LatentStatistics(mean: statistics.mean.prefix(length) + fine, covariance: matrix.values)
    }

    /// Another network with the same W+, such as the student, as a generator of this space's codes. A generator that the user
    /// has brought has no other, and draws them itself.
    public func generator(by other: any RowGenerator) -> any StyleGenerator {
        guard network is MobileStyleGAN else { return generator }
        return expansion.map { ExpandedGenerator(generator: other, expansion: $0) } ?? other
    }

    /// A code [1, k] of a face that nobody has, `truncation` of the way from the mean.
    public func sample(truncation: Float, using random: inout SeededGenerator) -> Variable {
        switch kind {
        case .w: return statistics.sample(by: network, truncation: truncation, using: &random)
        case .expanded:
            let code = statistics.deviations.map { $0 * truncation * random.normal() }
            return Variable(Tensor(code, shape: [1, code.count]))
        }
    }
}
