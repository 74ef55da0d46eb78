import Glibc

/// A power delay profile: where a transmission's echoes lie and how strong they are, as in 3GPP TR 38.901, section 7.7.2.
public struct DelayLine: Sendable, Equatable {
    /// One echo.
    public struct Tap: Sendable, Equatable {
        /// In units of the delay spread.
        public var delay: Double
        /// Share of the power.
        public var power: Double
        /// Power of its line of sight over that of its scattered part; nil: as the fading has it.
        public var kFactor: Double?
    }

    /// Most taps of a line.
    public static let mostTaps = 64

    /// Their powers add up to 1.
    public let taps: [Tap]

    /// One echo without a delay: a flat channel.
    public static let flat = DelayLine(taps: [Tap(delay: 0, power: 1, kFactor: nil)])

    private init(taps: [Tap]) {
        self.taps = taps
    }

    /// Reads a table of lines `delay, power in dB` or `delay, power in dB, K in dB`; the delays are normalised. What follows
    /// `#` is a comment. Powers are scaled to add up to 1.
    ///
    /// - Throws: `DelayLineError`.
    public init(parsing text: String) throws(DelayLineError) {
        var taps: [Tap] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let code = line.prefix { $0 != "#" }
            let fields = code.split(separator: ",", omittingEmptySubsequences: false)
            guard code.contains(where: { !$0.isWhitespace }) else { continue }
            let numbers = fields.compactMap { Double($0.filter { !$0.isWhitespace }) }
            guard numbers.count == fields.count, (2...3).contains(numbers.count) else {
                throw DelayLineError(
                    line: index + 1,
                    reason: "is not \"delay, power in dB\" or \"delay, power in dB, K in dB\""
                )
            }
            guard (0...1000).contains(numbers[0]) else {
                throw DelayLineError(line: index + 1, reason: "has a delay that is not 0 to 1000")
            }
            guard numbers[1...].allSatisfy({ (-100...100).contains($0) }) else {
                throw DelayLineError(line: index + 1, reason: "has decibels that are not -100 to 100")
            }
            let kFactor = numbers.count == 3 ? pow(10, numbers[2] / 10) : nil
            taps.append(Tap(delay: numbers[0], power: pow(10, numbers[1] / 10), kFactor: kFactor))
        }
        guard !taps.isEmpty else { throw DelayLineError(line: nil, reason: "there is no tap") }
        guard taps.count <= Self.mostTaps else {
            throw DelayLineError(line: nil, reason: "there are more than \(Self.mostTaps) taps")
        }
        let total = taps.reduce(0) { $0 + $1.power }
        self.taps = taps.map { Tap(delay: $0.delay, power: $0.power / total, kFactor: $0.kFactor) }
    }
}

/// What is wrong with a table of taps.
public struct DelayLineError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Counted from 1, where it is known.
    public let line: Int?
    /// What is wrong with it.
    public let reason: String

    /// For people.
    public var description: String { line.map { "line \($0) \(reason)" } ?? reason }
}
