/// How the samples of a DIFI stream lie in its data packets: signed integers of 4 to 16 bits, I and Q by turns.
package struct SampleFormat: Sendable, Equatable {
    /// Unit RMS over full scale: −12 dBFS.
    private static let unitLevel: Float = 0.251_188_65
    /// 16 bits each.
    package static let int16 = SampleFormat(itemBits: 16, fieldBits: 16, isLinkEfficient: true)

    /// Of an integer.
    package let itemBits: Int
    /// Of the field whose upper bits an integer takes.
    let fieldBits: Int
    /// Fields follow one another without a gap; else none straddles two words.
    let isLinkEfficient: Bool

    private init(itemBits: Int, fieldBits: Int, isLinkEfficient: Bool) {
        (self.itemBits, self.fieldBits, self.isLinkEfficient) = (itemBits, fieldBits, isLinkEfficient)
    }

    /// Reads the payload format of a context packet (VITA-49.2, section 9.13.3).
    ///
    /// - Throws: `.field` when it says anything but signed complex integers of 4 to 16 bits without tags and repetition.
    package init(payloadFormat: UInt64) throws(WireError) {
        let (word, repetition) = (UInt32(payloadFormat >> 32), UInt32(truncatingIfNeeded: payloadFormat))
        let (item, field) = (Int(word & 63) + 1, Int(word >> 6 & 63) + 1)
        // Complex Cartesian, signed fixed point; no repeated components, tags, fractions.
        guard word >> 29 & 3 == 1, word >> 24 & 31 == 0, word >> 12 & 0xFFF == 0, repetition == 0 else {
            throw .field("payload format")
        }
        guard (4...16).contains(item), field >= item, field <= 32 else { throw .field("payload format's item size") }
        // gr-difi gives the size of a pair here, and packs integers without a gap.
        let isPair = field == 2 * item
        self.init(itemBits: item, fieldBits: isPair ? item : field, isLinkEfficient: word >> 31 == 1)
    }

    /// The integer amplitude of unit RMS.
    package var unitRMS: Float { Float(1 << (itemBits - 1)) * Self.unitLevel }

    /// Where the fields of a body of so many bits begin.
    private func fields(inBits bits: Int) -> [Int] {
        if isLinkEfficient { return (0..<bits / fieldBits).map { $0 * fieldBits } }
        let each = 32 / fieldBits
        return (0..<bits / 32).flatMap { word in (0..<each).map { 32 * word + $0 * fieldBits } }
    }

    /// The integers in a body of `bits` bits, I, Q, I, Q…; one without its partner is left out.
    func items(in body: ArraySlice<UInt8>, bits: Int) -> [Int32] {
        let places = fields(inBits: bits)
        return places.prefix(places.count & ~1).map { place in
            // An integer touches three bytes at most.
            let first = body.startIndex + place / 8
            var word: UInt32 = 0
            for byte in first..<first + 3 { word = word << 8 | (byte < body.endIndex ? UInt32(body[byte]) : 0) }
            return Int32(bitPattern: word << UInt32(8 + place % 8)) >> Int32(32 - itemBits)
        }
    }

    /// Puts integers in the place of those that `items` gives; all other bits stay.
    func replace(_ items: [Int32], in body: inout ArraySlice<UInt8>, bits: Int) {
        for (item, place) in zip(items, fields(inBits: bits)) {
            let first = body.startIndex + place / 8
            let shift = UInt32(24 - itemBits - place % 8)
            let mask = (UInt32(1) << UInt32(itemBits) - 1) << shift
            let value = UInt32(bitPattern: item) << shift & mask
            for offset in 0..<3 where first + offset < body.endIndex {
                let down = UInt32(16 - 8 * offset)
                let kept = body[first + offset] & ~UInt8(truncatingIfNeeded: mask >> down)
                body[first + offset] = kept | UInt8(truncatingIfNeeded: value >> down)
            }
        }
    }
}
