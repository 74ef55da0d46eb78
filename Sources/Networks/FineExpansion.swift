import Tensor

/// What a code longer than usual says besides: numbers that act on a few neighbouring rows of W+ each.
///
/// The fine numbers go round the groups of rows by turns, each group's in the order of what they do to the picture. Over
/// faces they have mean zero, the standard deviations `deviation`, and nothing to do with each other.
public struct FineExpansion: Sendable {
    /// The rows that a number acts on.
    public static let groups = [0..<3, 3..<6, 6..<9, 9..<12, 12..<16, 16..<MobileStyleGAN.rows]

    /// [n, rows of the group · 512]
    private let bases: [Tensor]
    /// Standard deviations, in the order of the numbers.
    let deviation: [Float]

    /// How many fine numbers there are.
    public var count: Int { deviation.count }

    /// Takes `group0` … `group5` [n, rows, 512] and `deviation` [6n].
    ///
    /// - Parameters:
    ///   - file: `expansion-fine.safetensors`.
    ///   - width: of a row: 512.
    /// - Throws: `SafetensorsError` when a tensor is missing or misshapen, or a deviation is not above zero.
    public init(file: SafetensorsFile, width: Int) throws(SafetensorsError) {
        let deviation = try file.tensor("deviation")
        let each = deviation.count / Self.groups.count
        guard each > 0, deviation.shape == [each * Self.groups.count],
            deviation.values.allSatisfy({ $0 > 0 && $0.isFinite })
        else { throw .shapeMismatch(name: "deviation", expected: [1536], found: deviation.shape) }
        let reader = WeightReader(file: file)
        var bases: [Tensor] = []
        for (index, rows) in Self.groups.enumerated() {
            let basis = try reader.tensor("group\(index)", [each, rows.count, width])
            bases.append(basis.reshaped([each, rows.count * width]))
        }
        (self.bases, self.deviation) = (bases, deviation.values)
    }

    /// What the numbers [N,m] add to W+, [N, 23·512]; m up to `count`.
    func offset(of numbers: Variable) -> Variable {
        let (batch, length) = (numbers.shape[0], numbers.shape[1])
        let groups = Self.groups.count
        let rounds = (length + groups - 1) / groups
        let padding = Variable(Tensor(zeros: [batch, rounds * groups - length]))
        let turns = (rounds * groups == length ? numbers : numbers.concatenated(padding, axis: 1))
            .reshaped([batch, rounds, groups])
        let parts = bases.enumerated().map { index, basis in
            turns.slice(axis: 2, range: index..<index + 1).reshaped([batch, rounds])
                .matmul(Variable(basis).slice(axis: 0, range: 0..<rounds))
        }
        return Variable.concatenated(parts, axis: 1)
    }
}
