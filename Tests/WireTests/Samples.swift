import FoundationEssentials

@testable import Wire

/// A small deterministic generator for the tests (SplitMix64).
struct TestGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

let startSecond: UInt32 = 1_795_000_000

func testKey(_ seed: UInt64 = 1) throws -> PreSharedKey {
    var generator = TestGenerator(seed: seed)
    return try PreSharedKey(bytes: (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })
}

func testSealer(key: UInt64 = 1, sender: UInt64 = 77, sequence: UInt64 = 1000) throws -> PacketSealer {
    PacketSealer(key: try testKey(key), senderID: sender, firstSequence: sequence)
}

func testSide(
    reals: UInt32 = 512,
    pilots: UInt32 = 64,
    stream: UInt32 = 0x100,
    second: UInt32 = startSecond,
    rate: UInt32 = 1_000_000,
    attempt: UInt16 = 1,
    transfer: UInt8 = 9,
    unsent: UInt16 = 0,
    isDraft: Bool = false,
    waveform: SideInformation.Waveform = .singleCarrier,
    base: [UInt8]? = nil,
    frame: SideInformation.Frame? = nil
) throws -> SideInformation {
    try SideInformation(
        transferID: UUID(bytes: (0..<16).map { $0 + transfer }),
        attempt: attempt,
        modelDigest: (0..<32).map { $0 &* 7 },
        baseDigest: base,
        designSNR: -6,
        isMatched: true,
        isDraft: isDraft,
        edit: .init(attribute: 3, degree: 5),
        frame: frame,
        unsentCount: unsent,
        realCount: reals,
        pilotCount: pilots,
        waveform: waveform,
        layoutSeed: 0x0123_4567_89AB_CDEF,
        scale: 1.625,
        signalStreamID: stream,
        startSecond: second,
        sampleRate: rate,
        edge: 1024
    )
}

func testReport(status: TransferReport.Status = .decoded, isDraft: Bool = false) throws -> TransferReport {
    try TransferReport(
        transferID: UUID(bytes: [UInt8](repeating: 3, count: 16)),
        attempt: 2,
        status: status,
        isDraft: isDraft,
        estimatedSNRDB: 11.75,
        symbolsExpected: 320,
        symbolsErased: 40,
        resultDigest: [UInt8](repeating: 0xAB, count: 32),
        quality: .init(lpips: 0.25, samePerson: 0.9, degrees: [0, nil, 5, 3, 1], isDoubtful: false, lacksEdit: true),
        note: "ein Stück fehlt"
    )
}

/// Samples that survive the 16-bit quantisation exactly.
func testSamples(_ symbols: Int, seed: UInt64 = 5) -> [Float] {
    var generator = TestGenerator(seed: seed)
    return (0..<2 * symbols).map { _ in
        Float(Int16.random(in: -20000...20000, using: &generator)) / DIFIDataPacket.unitRMS
    }
}

/// A framer that seals under test key 1.
func testFramer(symbolsPerPacket: Int = 40, sender: UInt64 = 77) throws -> SignalFramer {
    try SignalFramer(
        sealer: testSealer(sender: sender),
        sideStreamID: 0xED5C_0001,
        symbolsPerPacket: symbolsPerPacket
    )
}

func testReassembler(
    limits: SignalReassembler<Int>.Limits = .init()
) throws -> SignalReassembler<Int> {
    SignalReassembler(opener: PacketOpener(keys: [try testKey()]), limits: limits)
}
