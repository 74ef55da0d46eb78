/// A cyclic redundancy check (TS 38.212, section 5.1). Bits are bytes of value 0 or 1.
struct CyclicRedundancyCheck: Sendable {
    /// L: how many parity bits.
    let length: Int
    /// The generator polynomial without its leading term; bit i is the coefficient of D^i.
    let polynomial: UInt32

    /// Of transport blocks of more than 3,824 bits.
    static let crc24A = CyclicRedundancyCheck(length: 24, polynomial: 0x86_4CFB)
    /// Of code blocks, where a transport block has several.
    static let crc24B = CyclicRedundancyCheck(length: 24, polynomial: 0x80_0063)
    /// Of transport blocks of up to 3,824 bits.
    static let crc16 = CyclicRedundancyCheck(length: 16, polynomial: 0x1021)

    /// The bits with their parity behind them.
    func append(to bits: [UInt8]) -> [UInt8] {
        let remainder = remainder(of: bits[...])
        return bits + (0..<length).reversed().map { UInt8(remainder >> $0 & 1) }
    }

    /// Takes the parity off.
    ///
    /// - Returns: nil where it does not fit the bits, or there are too few.
    func strip(_ bits: [UInt8]) -> [UInt8]? {
        guard bits.count >= length, remainder(of: bits[...]) == 0 else { return nil }
        return Array(bits.dropLast(length))
    }

    /// The remainder of bits·D^L on division by the polynomial. It is 0 for bits that end in their own parity.
    private func remainder(of bits: ArraySlice<UInt8>) -> UInt32 {
        let top = length - 1
        let mask = (UInt32(1) << length) - 1
        return bits.reduce(0) { register, bit in
            let feedback = register >> top & 1 ^ UInt32(bit)
            return register << 1 & mask ^ (feedback == 0 ? 0 : polynomial)
        }
    }
}
