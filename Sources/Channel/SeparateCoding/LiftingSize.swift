/// Z_c: how many bits a column of a base graph stands for (TS 38.212, table 5.3.2-1).
struct LiftingSize: Sendable, Equatable {
    /// Z_c, from 2 to 384.
    let value: Int
    /// i_LS, from 0 to 7: which shifts of the base graph belong to it.
    let setIndex: Int

    /// The 51 lifting sizes, in ascending order: a·2^j with a one of eight odd numbers or 2, none above 384.
    static let all: [LiftingSize] = {
        let factors = [2, 3, 5, 7, 9, 11, 13, 15]
        let sizes = factors.enumerated().flatMap { setIndex, factor in
            (0..<8).map { LiftingSize(value: factor << $0, setIndex: setIndex) }
        }
        return sizes.filter { $0.value <= 384 }.sorted { $0.value < $1.value }
    }()

    /// The smallest one that has room for a code block (section 5.2.2).
    ///
    /// - Parameters:
    ///   - blockBits: K′, the code block's bits with its CRC.
    ///   - segmentedBits: B, the transport block's bits with its CRC, before segmentation.
    ///   - graph: the base graph.
    /// - Returns: nil where the block is too long for the graph.
    static func smallest(blockBits: Int, segmentedBits: Int, graph: LDPCBaseGraph) -> LiftingSize? {
        let columns = usedColumns(segmentedBits: segmentedBits, graph: graph)
        return all.first { columns * $0.value >= blockBits }
    }

    /// K_b: how many information columns hold more than filler bits (section 5.2.2).
    private static func usedColumns(segmentedBits: Int, graph: LDPCBaseGraph) -> Int {
        switch (graph, segmentedBits) {
        case (.one, _): 22
        case (.two, 641...): 10
        case (.two, 561...640): 9
        case (.two, 193...560): 8
        case (.two, _): 6
        }
    }
}
