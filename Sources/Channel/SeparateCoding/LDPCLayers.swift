import CKernels

/// The state of layered decoding: what each check said last to each of its bits.
struct LDPCLayers {
    /// A row of the base graph.
    private struct Row {
        var columns: [UInt32]
        var shifts: [UInt32]
        var messages: [Float]
    }

    private var rows: [Row]
    private let liftingSize: Int
    private let rule: LDPCDecoder.Rule

    /// Before the first iteration: no check has said anything.
    init(code: LDPCCode, rowCount: Int, rule: LDPCDecoder.Rule) {
        let stride = (code.liftingSize + 15) / 16 * 16
        rows = code.rows.prefix(rowCount).map { edges in
            Row(
                columns: edges.map { UInt32($0.column) },
                shifts: edges.map { UInt32($0.shift) },
                messages: [Float](repeating: 0, count: edges.count * stride)
            )
        }
        liftingSize = code.liftingSize
        self.rule = rule
    }

    /// One iteration: all rows, one after the other.
    ///
    /// - Parameter beliefs: log-likelihood ratios of all bits of the word.
    mutating func update(_ beliefs: inout [Float]) {
        for row in rows.indices {
            let (columns, shifts) = (rows[row].columns, rows[row].shifts)
            let (degree, limit) = (columns.count, LDPCDecoder.limit)
            switch rule {
            case .sumProduct:
                ck_sum_product_row(&beliefs, &rows[row].messages, columns, shifts, degree, liftingSize, limit)
            case .minSum(let scale, let offset):
                ck_min_sum_row(
                    &beliefs,
                    &rows[row].messages,
                    columns,
                    shifts,
                    degree,
                    liftingSize,
                    scale,
                    offset,
                    limit
                )
            }
        }
    }
}
