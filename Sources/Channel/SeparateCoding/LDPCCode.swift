/// One 5G NR LDPC code: a base graph at a lifting size (TS 38.212, section 5.3.2).
///
/// A word is all bits of all columns, column by column: the information, then the parity. Bits are bytes of value 0 or 1.
struct LDPCCode: Sendable {
    /// A one of the base graph. Bit z of a check has to do with bit (z + shift) mod Z of the column.
    struct Edge: Sendable {
        /// The column of the base graph.
        let column: Int
        /// From 0 to Z − 1.
        let shift: Int
    }

    /// The base graph.
    let graph: LDPCBaseGraph
    /// Z: bits of a column and checks of a row.
    let liftingSize: Int
    /// The ones of each row.
    let rows: [[Edge]]

    /// The code of a base graph at a lifting size.
    init(graph: LDPCBaseGraph, liftingSize: LiftingSize) {
        self.graph = graph
        self.liftingSize = liftingSize.value
        var shifts = graph.shifts(setIndex: liftingSize.setIndex)[...]
        rows = graph.columnsOfRows.map { columns in
            defer { shifts = shifts.dropFirst(columns.count) }
            return zip(columns, shifts).map { Edge(column: Int($0), shift: Int($1) % liftingSize.value) }
        }
    }

    /// K: information bits of a word, filler bits included.
    var informationBits: Int { graph.informationColumns * liftingSize }

    /// Bits of a word: K and the parity. N of the standard is less by the 2Z that are never sent.
    var wordBits: Int { graph.columns * liftingSize }

    /// The word of a block (section 5.3.2).
    ///
    /// The parity's first column follows from the sum of the first four rows, in which the next three cancel out. Each
    /// further column is then the only unknown of its row.
    ///
    /// - Parameter block: K bits, filler bits as 0.
    /// - Returns: `wordBits` bits, the block in front.
    /// - Precondition: the block has K bits.
    func encode(_ block: [UInt8]) -> [UInt8] {
        precondition(block.count == informationBits, "a block of \(block.count) bits for \(informationBits)")
        var word = block + [UInt8](repeating: 0, count: wordBits - block.count)
        let first = graph.informationColumns
        // The row in the middle of the three that have this column: the other two shift alike and cancel out.
        let ends = rows[..<4].compactMap { row in row.first { $0.column == first } }
        var sum = [UInt8](repeating: 0, count: liftingSize)
        for row in rows[..<4] { add(row.filter { $0.column < first }, of: word, to: &sum) }
        for (bit, value) in sum.enumerated() {
            word[first * liftingSize + (bit + ends[1].shift) % liftingSize] = value
        }
        for (index, row) in rows.enumerated() where index != 3 {
            let unknown = first + index + (index < 3 ? 1 : 0)
            sum = [UInt8](repeating: 0, count: liftingSize)
            add(row.filter { $0.column != unknown }, of: word, to: &sum)
            word.replaceSubrange(unknown * liftingSize..<(unknown + 1) * liftingSize, with: sum)
        }
        return word
    }

    /// Whether all checks of the leading rows hold.
    ///
    /// - Parameters:
    ///   - word: `wordBits` bits.
    ///   - rowCount: how many rows are looked at; all without it.
    func isSatisfied(by word: [UInt8], rowCount: Int? = nil) -> Bool {
        rows.prefix(rowCount ?? rows.count).allSatisfy { row in
            var sum = [UInt8](repeating: 0, count: liftingSize)
            add(row, of: word, to: &sum)
            return sum.allSatisfy { $0 == 0 }
        }
    }

    /// Adds to a row's checks what some of its columns contribute.
    private func add(_ edges: [Edge], of word: [UInt8], to sum: inout [UInt8]) {
        word.withUnsafeBufferPointer { word in
            sum.withUnsafeMutableBufferPointer { sum in
                for edge in edges {
                    let start = edge.column * liftingSize
                    let whole = liftingSize - edge.shift
                    for bit in 0..<whole { sum[bit] ^= word[start + edge.shift + bit] }
                    for bit in whole..<liftingSize { sum[bit] ^= word[start + bit - whole] }
                }
            }
        }
    }
}
