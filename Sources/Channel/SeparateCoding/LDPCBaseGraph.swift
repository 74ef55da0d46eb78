/// A base graph of the 5G NR LDPC codes (TS 38.212, section 5.3.2).
///
/// Rows are checks, columns are bits; each stands for as many as the lifting size says. The first two columns carry
/// information and are never sent.
enum LDPCBaseGraph: Int, CaseIterable, Sendable {
    /// 46 rows of 68 columns: long blocks and high rates, down to 1/3.
    case one = 1
    /// 42 rows of 52 columns: short blocks and low rates, down to 1/5.
    case two = 2

    /// The graph of a transport block (TS 38.212, sections 6.2.2 and 7.2.2).
    ///
    /// - Parameters:
    ///   - transportBlockBits: A, without the CRC.
    ///   - rate: R, the target rate: information bits per coded bit.
    init(transportBlockBits: Int, rate: Double) {
        let isSmall = transportBlockBits <= 292 || (transportBlockBits <= 3824 && rate <= 0.67)
        self = isSmall || rate <= 0.25 ? .two : .one
    }

    /// How many columns carry information: 22 or 10.
    var informationColumns: Int { self == .one ? 22 : 10 }

    /// How many rows there are: 46 or 42.
    var rows: Int { self == .one ? 46 : 42 }

    /// How many columns there are: 68 or 52.
    var columns: Int { informationColumns + rows }

    /// K_cb: the most bits of one code block, its CRC included (section 5.2.2).
    var largestBlock: Int { self == .one ? 8448 : 3840 }

    /// The columns in which each row has a one, in ascending order.
    var columnsOfRows: [[UInt8]] {
        self == .one ? LDPCBaseGraph1Table.columnsOfRows : LDPCBaseGraph2Table.columnsOfRows
    }

    /// The shifts V of the ones, row by row, before they are taken modulo the lifting size.
    ///
    /// - Parameter setIndex: i_LS, from 0 to 7.
    func shifts(setIndex: Int) -> [UInt16] {
        self == .one ? LDPCBaseGraph1Table.shifts[setIndex] : LDPCBaseGraph2Table.shifts[setIndex]
    }
}
