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
    private let correction: LDPCDecoder.Correction

    /// Before the first iteration: no check has said anything.
    init(code: LDPCCode, rowCount: Int, correction: LDPCDecoder.Correction) {
        let stride = (code.liftingSize + 15) / 16 * 16
        rows = code.rows.prefix(rowCount).map { edges in
            Row(
                columns: edges.map { UInt32($0.column) },
                shifts: edges.map { UInt32($0.shift) },
                messages: [Float](repeating: 0, count: edges.count * stride)
            )
        }
        liftingSize = code.liftingSize
        self.correction = correction
    }

    /// One iteration: all rows, one after the other.
    ///
    /// - Parameter beliefs: log-likelihood ratios of all bits of the word.
    mutating func update(_ beliefs: inout [Float]) {
        for row in rows.indices {
            ck_min_sum_row(
                &beliefs,
                &rows[row].messages,
                rows[row].columns,
                rows[row].shifts,
                rows[row].columns.count,
                liftingSize,
                correction.scale,
                correction.offset,
                LDPCDecoder.limit
            )
        }
    }
}
