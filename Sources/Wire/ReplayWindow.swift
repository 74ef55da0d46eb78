/// Which sequence numbers of one sender have been seen: a sliding window as in RFC 6479.
struct ReplayWindow: Sendable, Equatable, Codable {
    private static let wordCount: UInt64 = 32
    /// How far behind the highest number a packet may still arrive.
    static let reach: UInt64 = (wordCount - 1) * 64

    private(set) var highest: UInt64
    private var words: [UInt64]

    /// The window of a sender whose first packet has this number.
    init(first sequence: UInt64) {
        highest = sequence
        words = [UInt64](repeating: 0, count: Int(Self.wordCount))
        words[Self.slot(of: sequence)] = Self.bit(of: sequence)
    }

    /// True the first time a number is seen, false for repeats and for numbers that are too old to tell.
    mutating func admit(_ sequence: UInt64) -> Bool {
        if sequence > highest {
            let steps = min(sequence / 64 - highest / 64, Self.wordCount)
            for step in 0..<steps {
                words[Int((sequence / 64 - step) % Self.wordCount)] = 0
            }
            highest = sequence
        } else if highest - sequence >= Self.reach {
            return false
        }
        let slot = Self.slot(of: sequence)
        let bit = Self.bit(of: sequence)
        guard words[slot] & bit == 0 else { return false }
        words[slot] |= bit
        return true
    }

    /// The window after a restart: all numbers so far count as seen, up to the end of the group that the highest is in,
    /// since the file was written when the first packet of a group had its effect, and others may have come after that.
    ///
    /// - Parameter group: how many numbers a group has, a power of two, at most 64; it begins at a multiple of that.
    func closed(group: UInt64) -> ReplayWindow {
        var window = self
        window.highest = highest | (group - 1)
        window.words = [UInt64](repeating: .max, count: Int(Self.wordCount))
        // The numbers above the highest in its word are not seen yet.
        let slot = Self.slot(of: window.highest)
        window.words[slot] = UInt64.max >> (63 - window.highest % 64)
        return window
    }

    /// A window read from a file may have any number of words; one with another number is of no use.
    var isWellFormed: Bool { words.count == Int(Self.wordCount) }

    private static func slot(of sequence: UInt64) -> Int { Int(sequence / 64 % wordCount) }
    private static func bit(of sequence: UInt64) -> UInt64 { 1 << (sequence % 64) }
}
