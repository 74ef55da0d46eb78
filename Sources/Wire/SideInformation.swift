import FoundationEssentials

/// What a receiver must know about a transmission before its samples mean anything. Travels sealed.
package struct SideInformation: Sendable, Equatable, Codable {
    /// Symbols on air that one transmission may have.
    package static let maximumSymbols = 65536
    static let encodedSize = 152
    private static let profileSize = 64

    package let transferID: UUID
    /// How often the transfer has been sent, this time included: 1 for the first.
    package let attempt: UInt16
    /// SHA-256 over the models that both ends must share: 32 bytes.
    package let modelBundle: [UInt8]
    /// How many of the symbols are not sent because they would clip; they are erasures.
    package let unsentCount: UInt16
    /// k, the reals of the code; even.
    package let realCount: UInt32
    package let pilotCount: UInt32
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
    /// Of the picture to draw, in pixels.
    package let imageWidth: UInt16
    /// Of the picture to draw, in pixels.
    package let imageHeight: UInt16
    /// What the sender takes the channel for, such as "awgn", for people: the receiver takes no notice. At most 64 bytes of
    /// UTF-8 without NUL.
    package let channelProfile: String

    package init(
        transferID: UUID,
        attempt: UInt16,
        modelBundle: [UInt8],
        unsentCount: UInt16 = 0,
        realCount: UInt32,
        pilotCount: UInt32,
        layoutSeed: UInt64,
        scale: Float,
        signalStreamID: UInt32,
        startSecond: UInt32,
        sampleRate: UInt32,
        imageWidth: UInt16,
        imageHeight: UInt16,
        channelProfile: String
    ) throws(WireError) {
        guard modelBundle.count == 32 else { throw .outOfRange("a model bundle digest has 32 bytes") }
        guard realCount > 0, realCount.isMultiple(of: 2), realCount / 2 <= Self.maximumSymbols,
            pilotCount <= Self.maximumSymbols, Int(realCount / 2 + pilotCount) <= Self.maximumSymbols
        else { throw .outOfRange("a transmission has an even number of reals and at most 65,536 symbols") }
        guard realCount / 2 + pilotCount <= sampleRate else {
            throw .outOfRange("a transmission lasts at most one second")
        }
        guard Int(unsentCount) < Int(realCount / 2 + pilotCount) else {
            throw .outOfRange("some of a transmission's symbols are sent")
        }
        guard scale.isFinite, scale > 0 else { throw .outOfRange("the scale is finite and positive") }
        guard imageWidth > 0, imageHeight > 0 else { throw .outOfRange("the picture has pixels") }
        guard channelProfile.utf8.count <= Self.profileSize, !channelProfile.utf8.contains(0) else {
            throw .outOfRange("the channel profile has at most 64 bytes and no NUL")
        }
        self.transferID = transferID
        self.attempt = attempt
        self.modelBundle = modelBundle
        self.unsentCount = unsentCount
        self.realCount = realCount
        self.pilotCount = pilotCount
        self.layoutSeed = layoutSeed
        self.scale = scale
        self.signalStreamID = signalStreamID
        self.startSecond = startSecond
        self.sampleRate = sampleRate
        self.imageWidth = imageWidth
        self.imageHeight = imageHeight
        self.channelProfile = channelProfile
    }

    /// Symbols on air: k/2 and the pilots.
    package var symbolCount: Int { Int(realCount / 2 + pilotCount) }

    func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: Self.encodedSize)
        writer.write(transferID.bytes)
        writer.write(attempt)
        writer.write(unsentCount)
        writer.write(modelBundle)
        writer.write(realCount)
        writer.write(pilotCount)
        writer.write(layoutSeed)
        writer.write(scale.bitPattern)
        writer.write(signalStreamID)
        writer.write(startSecond)
        writer.write(sampleRate)
        writer.write(imageWidth)
        writer.write(imageHeight)
        writer.write(channelProfile, size: Self.profileSize)
        return writer.bytes
    }

    init(decoding bytes: [UInt8]) throws(WireError) {
        guard bytes.count == Self.encodedSize else { throw .length(bytes.count) }
        var reader = ByteReader(bytes[...])
        let transferID = UUID(bytes: try reader.read(count: 16))
        let attempt: UInt16 = try reader.read()
        let unsentCount: UInt16 = try reader.read()
        try self.init(
            transferID: transferID,
            attempt: attempt,
            modelBundle: reader.read(count: 32),
            unsentCount: unsentCount,
            realCount: reader.read(),
            pilotCount: reader.read(),
            layoutSeed: reader.read(),
            scale: Float(bitPattern: reader.read()),
            signalStreamID: reader.read(),
            startSecond: reader.read(),
            sampleRate: reader.read(),
            imageWidth: reader.read(),
            imageHeight: reader.read(),
            channelProfile: reader.readText(size: Self.profileSize)
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
