import FoundationEssentials

/// What a receiver must know about a transmission before its samples mean anything. Travels sealed.
package struct SideInformation: Sendable, Equatable, Codable {
    /// Symbols on air that one transmission may have.
    package static let maximumSymbols = 65536
    static let encodedSize = 68
    /// Bytes that a frame of a stream has besides.
    static let frameSize = 8
    /// Bytes of a digest that go on the air: enough to tell one installation's models from another's.
    package static let digestSize = 8
    /// dB that a code may be made for.
    package static let designSNRs = -30...60

    /// How symbols ride.
    package enum Waveform: UInt8, Sendable, Codable {
        /// One after the other.
        case singleCarrier = 0
        /// Side by side, where there are echoes: blocks of `subcarriers`, each led by its last `cyclicPrefix` samples.
        case ofdm = 1

        package static let subcarriers = 64
        package static let cyclicPrefix = 16

        /// Symbols on air that carry so many symbols.
        package func length(for count: Int) -> Int {
            switch self {
            case .singleCarrier: count
            case .ofdm: (count + Self.subcarriers - 1) / Self.subcarriers * (Self.subcarriers + Self.cyclicPrefix)
            }
        }

        /// The most symbols that so many symbols on air carry.
        package func capacity(of length: Int) -> Int {
            switch self {
            case .singleCarrier: length
            case .ofdm: length / (Self.subcarriers + Self.cyclicPrefix) * Self.subcarriers
            }
        }
    }

    /// An attribute's degree.
    package struct Edit: Sendable, Equatable, Codable {
        /// 0 to 4.
        package let attribute: UInt8
        /// 0 to 5.
        package let degree: UInt8

        package init(attribute: UInt8, degree: UInt8) throws(WireError) {
            guard attribute < 5, degree < 6 else { throw .outOfRange("an edit is a degree 0 to 5 of attribute 0 to 4") }
            (self.attribute, self.degree) = (attribute, degree)
        }

        /// 0 means none.
        fileprivate var code: UInt8 { 1 + attribute * 6 + degree }

        fileprivate init?(code: UInt8) throws(WireError) {
            guard code > 0 else { return nil }
            try self.init(attribute: (code - 1) / 6, degree: (code - 1) % 6)
        }
    }

    /// Which picture of a stream this is.
    package struct Frame: Sendable, Equatable, Codable {
        /// Counted from 0, those that were not sent included.
        package let number: UInt32
        /// Milliseconds from the stream's first frame to when this one was taken.
        package let milliseconds: UInt32

        package init(number: UInt32, milliseconds: UInt32) {
            (self.number, self.milliseconds) = (number, milliseconds)
        }
    }

    /// Of a frame, its stream's: that of the transfer that began it.
    package let transferID: UUID
    /// How often the transfer has been sent, this time included: 1 for the first.
    package let attempt: UInt16
    /// The first 8 bytes of the SHA-256 over the models that both ends must share.
    package let modelDigest: [UInt8]
    /// The first 8 bytes of the SHA-256 of the channel adapters that the receiver is to use; nil for none.
    package let adapterDigest: [UInt8]?
    /// The first 8 bytes of the SHA-256 of the picture that the receiver is to go on from; nil for none. Adapters are for codes
    /// that stand alone: there is never both.
    package let baseDigest: [UInt8]?
    /// Es/N0 in dB that the code word was made for; one without noise when nil.
    package let designSNR: Int?
    /// Whether the code was matched to the channel.
    package let isMatched: Bool
    /// Whether a better picture of the same transfer follows.
    package let isDraft: Bool
    /// What the picture is to show; nil for whatever.
    package let edit: Edit?
    /// For a frame of a stream, which is sent once and goes on from the stream's key; nil for any other picture.
    package let frame: Frame?
    /// How many of the symbols are not sent because they would clip; they are erasures.
    package let unsentCount: UInt16
    /// k, the reals of the code; even.
    package let realCount: UInt32
    package let pilotCount: UInt32
    package let waveform: Waveform
    /// Of the pilots' phases and the interleaver.
    package let layoutSeed: UInt64
    /// `reals = scale · components of the normalised symbols`.
    package let scale: Float
    /// The DIFI stream that carries the samples.
    package let signalStreamID: UInt32
    /// The whole UTC second at which sample 0 starts.
    package let startSecond: UInt32
    /// Hz.
    package let sampleRate: UInt32
    /// Edge of the square picture to draw, in pixels.
    package let edge: UInt16

    /// - Parameters:
    ///   - modelDigest: of which the first 8 bytes are sent; as `adapterDigest` and `baseDigest`.
    /// - Throws: `WireError.outOfRange`.
    package init(
        transferID: UUID,
        attempt: UInt16,
        modelDigest: [UInt8],
        adapterDigest: [UInt8]? = nil,
        baseDigest: [UInt8]? = nil,
        designSNR: Int? = nil,
        isMatched: Bool = false,
        isDraft: Bool = false,
        edit: Edit? = nil,
        frame: Frame? = nil,
        unsentCount: UInt16 = 0,
        realCount: UInt32,
        pilotCount: UInt32,
        waveform: Waveform = .singleCarrier,
        layoutSeed: UInt64,
        scale: Float,
        signalStreamID: UInt32,
        startSecond: UInt32,
        sampleRate: UInt32,
        edge: UInt16
    ) throws(WireError) {
        let digests = [modelDigest, adapterDigest ?? Self.anyDigest, baseDigest ?? Self.anyDigest]
        guard digests.allSatisfy({ $0.count >= Self.digestSize }) else {
            throw .outOfRange("a digest has at least \(Self.digestSize) bytes")
        }
        guard adapterDigest == nil || baseDigest == nil else {
            throw .outOfRange("either adapters or a picture to go on from")
        }
        guard frame == nil || baseDigest != nil else { throw .outOfRange("a frame goes on from a key") }
        let adapter = adapterDigest.map { Array($0.prefix(Self.digestSize)) }
        guard adapter != Self.noDigest else { throw .outOfRange("a digest of zeros means none") }
        guard designSNR.map(Self.designSNRs.contains) ?? true else {
            throw .outOfRange("a code is made for \(Self.designSNRs.lowerBound) to \(Self.designSNRs.upperBound) dB")
        }
        guard realCount > 0, realCount.isMultiple(of: 2), realCount / 2 < Self.maximumSymbols,
            pilotCount < Self.maximumSymbols
        else { throw .outOfRange("a transmission has an even number of reals and at most 65,536 symbols") }
        let symbolCount = waveform.length(for: Int(realCount / 2 + pilotCount))
        guard symbolCount <= Self.maximumSymbols else {
            throw .outOfRange("a transmission has at most 65,536 symbols")
        }
        guard symbolCount <= sampleRate else { throw .outOfRange("a transmission lasts at most one second") }
        guard Int(unsentCount) < symbolCount else {
            throw .outOfRange("some of a transmission's symbols are sent")
        }
        guard scale.isFinite, scale > 0 else { throw .outOfRange("the scale is finite and positive") }
        guard edge > 0 else { throw .outOfRange("the picture has pixels") }
        self.transferID = transferID
        self.attempt = attempt
        self.modelDigest = Array(modelDigest.prefix(Self.digestSize))
        self.adapterDigest = adapter
        self.baseDigest = baseDigest.map { Array($0.prefix(Self.digestSize)) }
        self.designSNR = designSNR
        (self.isMatched, self.isDraft) = (isMatched, isDraft)
        (self.edit, self.frame) = (edit, frame)
        self.unsentCount = unsentCount
        self.realCount = realCount
        self.pilotCount = pilotCount
        self.waveform = waveform
        self.layoutSeed = layoutSeed
        self.scale = scale
        self.signalStreamID = signalStreamID
        self.startSecond = startSecond
        self.sampleRate = sampleRate
        self.edge = edge
    }

    /// Symbols on air: k/2, the pilots and prefixes.
    package var symbolCount: Int { waveform.length(for: Int(realCount / 2 + pilotCount)) }

    private static let noDigest = [UInt8](repeating: 0, count: digestSize)
    private static let anyDigest = [UInt8](repeating: 1, count: digestSize)
    /// Bits of the flags: the waveform has the second one.
    private enum Flag {
        static let matched: UInt8 = 1
        static let draft: UInt8 = 4
        static let follows: UInt8 = 8
        static let frame: UInt8 = 16
        static let all: UInt8 = 31
    }
    /// Stands for a code word without a design SNR.
    private static let noSNR = Int8.min

    func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: Self.encodedSize + Self.frameSize)
        writer.write(transferID.bytes)
        writer.write(modelDigest)
        writer.write(adapterDigest ?? baseDigest ?? Self.noDigest)
        writer.write(layoutSeed)
        writer.write(scale.bitPattern)
        writer.write(signalStreamID)
        writer.write(startSecond)
        writer.write(sampleRate)
        // What the guards of the initialiser admit fits.
        writer.write(UInt16(truncatingIfNeeded: realCount / 2))
        writer.write(UInt16(truncatingIfNeeded: pilotCount))
        writer.write(unsentCount)
        writer.write(edge)
        writer.write(UInt8(truncatingIfNeeded: min(attempt, 255)))
        writer.write(designSNR.map { Int8(truncatingIfNeeded: $0) } ?? Self.noSNR)
        writer.write(
            (isMatched ? Flag.matched : 0) | waveform.rawValue << 1 | (isDraft ? Flag.draft : 0)
                | (baseDigest == nil ? 0 : Flag.follows) | (frame == nil ? 0 : Flag.frame)
        )
        writer.write(edit?.code ?? 0)
        if let frame {
            writer.write(frame.number)
            writer.write(frame.milliseconds)
        }
        return writer.bytes
    }

    init(decoding bytes: [UInt8]) throws(WireError) {
        guard [Self.encodedSize, Self.encodedSize + Self.frameSize].contains(bytes.count) else {
            throw .length(bytes.count)
        }
        var reader = ByteReader(bytes[...])
        let transferID = UUID(bytes: try reader.read(count: 16))
        let modelDigest = try reader.read(count: Self.digestSize)
        let otherDigest = try reader.read(count: Self.digestSize)
        let layoutSeed: UInt64 = try reader.read()
        let scale = Float(bitPattern: try reader.read())
        let signalStreamID: UInt32 = try reader.read()
        let startSecond: UInt32 = try reader.read()
        let sampleRate: UInt32 = try reader.read()
        let dataCount: UInt16 = try reader.read()
        let pilotCount: UInt16 = try reader.read()
        let unsentCount: UInt16 = try reader.read()
        let edge: UInt16 = try reader.read()
        let attempt: UInt8 = try reader.read()
        let designSNR: Int8 = try reader.read()
        let flags: UInt8 = try reader.read()
        guard flags <= Flag.all, let waveform = Waveform(rawValue: flags >> 1 & 1) else { throw .field("flags") }
        let edit = try Edit(code: reader.read())
        let follows = flags & Flag.follows != 0
        guard (flags & Flag.frame != 0) == (bytes.count > Self.encodedSize) else { throw .length(bytes.count) }
        let frame =
            flags & Flag.frame == 0 ? nil : Frame(number: try reader.read(), milliseconds: try reader.read())
        try self.init(
            transferID: transferID,
            attempt: UInt16(attempt),
            modelDigest: modelDigest,
            adapterDigest: follows || otherDigest == Self.noDigest ? nil : otherDigest,
            baseDigest: follows ? otherDigest : nil,
            designSNR: designSNR == Self.noSNR ? nil : Int(designSNR),
            isMatched: flags & Flag.matched != 0,
            isDraft: flags & Flag.draft != 0,
            edit: edit,
            frame: frame,
            unsentCount: unsentCount,
            realCount: 2 * UInt32(dataCount),
            pilotCount: UInt32(pilotCount),
            waveform: waveform,
            layoutSeed: layoutSeed,
            scale: scale,
            signalStreamID: signalStreamID,
            startSecond: startSecond,
            sampleRate: sampleRate,
            edge: edge
        )
    }
}

extension UUID {
    var bytes: [UInt8] { withUnsafeBytes(of: uuid) { Array($0) } }

    /// - Precondition: there are 16 bytes.
    init(bytes: [UInt8]) {
        precondition(bytes.count == 16, "a UUID has 16 bytes")
        var value = nilUUID
        withUnsafeMutableBytes(of: &value) { $0.copyBytes(from: bytes) }
        self.init(uuid: value)
    }
}

private let nilUUID: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
