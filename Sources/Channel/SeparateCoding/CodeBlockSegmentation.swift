/// How a transport block is cut into code blocks (TS 38.212, sections 5.2.2, 6.2.1 and 7.2.1).
///
/// The transport block gets a CRC; where it makes several code blocks, each of them gets one too. Filler bits then make
/// them as long as the code wants. Bits are bytes of value 0 or 1.
struct CodeBlockSegmentation: Sendable {
    /// A: bits of the transport block.
    let transportBlockBits: Int
    /// C: how many code blocks there are.
    let blockCount: Int
    /// K′: bits of a code block with its CRC.
    let blockBits: Int
    /// The code of each block.
    let code: LDPCCode
    private let check: CyclicRedundancyCheck

    /// The segmentation of a transport block.
    ///
    /// - Parameters:
    ///   - transportBlockBits: A, at least 1.
    ///   - graph: the base graph.
    /// - Returns: nil where the blocks would not be of one length.
    init?(transportBlockBits: Int, graph: LDPCBaseGraph) {
        self.transportBlockBits = transportBlockBits
        check = transportBlockBits > 3824 ? .crc24A : .crc16
        let segmented = transportBlockBits + check.length
        blockCount = Self.blockCount(segmentedBits: segmented, graph: graph)
        guard transportBlockBits > 0, segmented.isMultiple(of: blockCount) else { return nil }
        blockBits = segmented / blockCount + (blockCount > 1 ? CyclicRedundancyCheck.crc24B.length : 0)
        guard let size = LiftingSize.smallest(blockBits: blockBits, segmentedBits: segmented, graph: graph) else {
            return nil
        }
        code = LDPCCode(graph: graph, liftingSize: size)
    }

    /// C for B bits with the transport block's CRC.
    private static func blockCount(segmentedBits: Int, graph: LDPCBaseGraph) -> Int {
        guard segmentedBits > graph.largestBlock else { return 1 }
        let payload = graph.largestBlock - CyclicRedundancyCheck.crc24B.length
        return (segmentedBits + payload - 1) / payload
    }

    /// The smallest transport block of whole bytes that has room for some bits and makes code blocks of whole bytes, all
    /// of one length. Those of TS 38.214, section 5.1.3.2, are such.
    ///
    /// - Parameters:
    ///   - bits: at least so many.
    ///   - graph: the base graph for the block.
    static func roundedUp(_ bits: Int, graph: LDPCBaseGraph) -> Int {
        let bytes = (bits + 7) / 8 * 8
        guard bytes > 3824 else { return bytes }
        let check = CyclicRedundancyCheck.crc24A.length
        let unit = 8 * blockCount(segmentedBits: bytes + check, graph: graph)
        return (bytes + check + unit - 1) / unit * unit - check
    }

    /// The code blocks of a transport block: K bits each, filler bits as 0.
    ///
    /// - Precondition: there are `transportBlockBits`.
    func blocks(of bits: [UInt8]) -> [[UInt8]] {
        precondition(bits.count == transportBlockBits, "\(bits.count) bits for \(transportBlockBits)")
        let checked = check.append(to: bits)
        let length = checked.count / blockCount
        return (0..<blockCount).map { index in
            let part = Array(checked[index * length..<(index + 1) * length])
            let block = blockCount > 1 ? CyclicRedundancyCheck.crc24B.append(to: part) : part
            return block + [UInt8](repeating: 0, count: code.informationBits - blockBits)
        }
    }

    /// The part of the transport block in one received code block, with the transport block's CRC in the last.
    ///
    /// - Parameter block: at least K′ bits.
    /// - Returns: nil where the code block's CRC does not fit.
    func part(of block: [UInt8]) -> [UInt8]? {
        let bits = Array(block.prefix(blockBits))
        return blockCount > 1 ? CyclicRedundancyCheck.crc24B.strip(bits) : bits
    }

    /// The transport block of its code blocks' parts.
    ///
    /// - Returns: nil where its CRC does not fit.
    func transportBlock(of parts: [[UInt8]]) -> [UInt8]? {
        check.strip(Array(parts.joined()))
    }
}
