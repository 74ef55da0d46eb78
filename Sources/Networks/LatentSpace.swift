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
    public let kind: LatentKind
    public let generator: any StyleGenerator
    /// Of the usual code.
    public let statistics: LatentStatistics
    /// Of photos' codes.
    public let photos: LatentStatistics
    /// How codes of the usual length or more go on the air, and how shorter ones do.
    private let sent: (whole: SentStatistics, short: SentStatistics)
    /// Standard deviations over faces of the numbers of the longest code that can be sent.
    public let deviations: [Float]
    /// The network behind `generator`.
    public let network: MobileStyleGAN
    private let expansion: LatentExpansion?

    /// W of a generator.
    public init(network: MobileStyleGAN, statistics: LatentStatistics) {
        (kind, generator, self.statistics, self.network) = (.w, network, statistics, network)
        photos = statistics
        let plain = SentStatistics(statistics)
        sent = (plain, plain)
        deviations = statistics.deviations
        expansion = nil
    }

    /// The codes of an expansion.
    ///
    /// - Parameters:
    ///   - photos: of photos' codes, as long as the expansion's usual ones; without them codes are taken to be as the expansion
    ///     has it.
    ///   - precoded: how whole codes go on the air; each number by itself where there is none.
    public init(
        network: MobileStyleGAN,
        expansion: LatentExpansion,
        photos: LatentStatistics? = nil,
        precoded: SentStatistics? = nil
    ) {
        kind = .expanded
        generator = ExpandedGenerator(generator: network, expansion: expansion)
        statistics = expansion.statistics
        self.photos = photos ?? statistics
        let single =
            photos.map { SentStatistics(photos: $0, deviations: expansion.deviation) }
            ?? SentStatistics(expansion.statistics)
        sent = (precoded ?? single, single)
        deviations = expansion.deviations
        self.network = network
        self.expansion = expansion
    }

    /// How many numbers a code has unless more or fewer are asked for.
    public var usualLength: Int { statistics.mean.count }

    /// How many numbers a code has at most.
    public var greatestLength: Int { deviations.count }

    /// How codes go on the air of which `count` numbers are sent. A precoder mixes all the usual ones, so short codes have none.
    public func sent(_ count: Int) -> SentStatistics { count < usualLength ? sent.short : sent.whole }

    /// The reals that go on the air for a code, not yet normalised.
    ///
    /// - Parameter symbols: how many of the numbers are sent, all by default.
    public func channelValues(of code: [Float], symbols: Int? = nil) -> [Float] {
        let count = symbols ?? code.count
        return Array(sent(count).values(of: code).prefix(count))
    }

    /// Another network with the same W+, such as the student, as a generator of this space's codes.
    public func drawn(by other: any RowGenerator) -> any StyleGenerator {
        expansion.map { ExpandedGenerator(generator: other, expansion: $0) } ?? other
    }

    /// A code [1, k] of a face that nobody has, `truncation` of the way from the mean.
    public func drawn(truncation: Float, generator random: inout SeededGenerator) -> Variable {
        switch kind {
        case .w: return statistics.drawn(by: network, truncation: truncation, generator: &random)
        case .expanded:
            let code = statistics.deviations.map { $0 * truncation * random.normal() }
            return Variable(Tensor(code, shape: [1, code.count]))
        }
    }
}
