import FoundationEssentials
import Testing

@testable import Wire

@Suite struct SealTests {
    @Test func sealedContentOpensOnce() throws {
        var sealer = try testSealer()
        var opener = PacketOpener(keys: [try testKey()])
        let side = try testSide()
        let datagram = sealer.seal(side, streamID: 5, count: 0, at: .init(seconds: 1))
        #expect(WirePacketKind.classify(datagram) == .sealed)
        #expect(try opener.open(datagram).content == .sideInformation(side))
        #expect(throws: SealError.replayed) { try opener.open(datagram) }
        let report = try testReport()
        #expect(try opener.open(sealer.seal(report, streamID: 6, at: .init(seconds: 2))).content == .report(report))
        #expect(sealer.nextSequence == 1002)
    }

    @Test func everyBitIsProtected() throws {
        var sealer = try testSealer()
        let datagram = sealer.seal(try testSide(), streamID: 5, count: 0, at: .init(seconds: 1))
        var opener = PacketOpener(keys: [try testKey()])
        var opened = 0
        for bit in 0..<datagram.count * 8 {
            var changed = datagram
            changed[bit / 8] ^= 1 << (bit % 8)
            if (try? opener.open(changed)) != nil { opened += 1 }
        }
        #expect(opened == 0)
        // The forgeries marked nothing as seen.
        #expect(try opener.open(datagram).content == .sideInformation(testSide()))
    }

    @Test func contentsAreNotReadableAndNeverEqual() throws {
        var sealer = try testSealer()
        let side = try testSide()
        let first = sealer.seal(side, streamID: 5, count: 0, at: .init(seconds: 1))
        let second = sealer.seal(side, streamID: 5, count: 0, at: .init(seconds: 1))
        #expect(first.suffix(168) != second.suffix(168))
        #expect(Data(first).range(of: Data("lmmse".utf8)) == nil)
        #expect(Data(side.encoded()).range(of: Data("lmmse".utf8)) != nil)
    }

    @Test func keysAreKeptApart() throws {
        var sealer = try testSealer(key: 2)
        let datagram = sealer.seal(try testReport(), streamID: 5, at: .init(seconds: 1))
        var other = PacketOpener(keys: [try testKey(1)])
        #expect(throws: SealError.unknownKey(try testKey(2).identifier)) { try other.open(datagram) }
        var rotating = PacketOpener(keys: [try testKey(1), try testKey(2)])
        #expect(try rotating.open(datagram).content == .report(testReport()))
        // A key that pretends to be another one: the identifier fits, the tag does not.
        var forged = datagram
        let identifier = try testKey(1).identifier
        forged.replaceSubrange(32..<36, with: withUnsafeBytes(of: identifier.bigEndian, Array.init))
        #expect(throws: SealError.notAuthentic) { try rotating.open(forged) }
    }

    @Test func reportsCannotPoseAsSideInformation() throws {
        var sealer = try testSealer()
        var datagram = sealer.seal(try testReport(), streamID: 5, at: .init(seconds: 1))
        datagram[15] = 1  // packet class
        var opener = PacketOpener(keys: [try testKey()])
        #expect(throws: SealError.notAuthentic) { try opener.open(datagram) }
    }

    @Test func unknownVersionsAreDropped() throws {
        var sealer = try testSealer()
        var datagram = sealer.seal(try testReport(), streamID: 5, at: .init(seconds: 1))
        datagram[29] = 2
        var opener = PacketOpener(keys: [try testKey()])
        #expect(throws: SealError.unsupportedVersion(2)) { try opener.open(datagram) }
    }

    @Test func replayWindowsSurviveARestart() throws {
        var sealer = try testSealer()
        var opener = PacketOpener(keys: [try testKey()])
        let datagrams = try (0..<12).map { _ in sealer.seal(try testReport(), streamID: 5, at: .init(seconds: 1)) }
        for index in [0, 3] { _ = try opener.open(datagrams[index]) }
        let stored = try JSONEncoder().encode(opener.snapshot)
        var restarted = PacketOpener(keys: [try testKey()])
        restarted.restore(try JSONDecoder().decode(ReplaySnapshot.self, from: stored))
        #expect(throws: SealError.replayed) { try restarted.open(datagrams[0]) }
        #expect(throws: SealError.replayed) { try restarted.open(datagrams[3]) }
        // Those between may be further copies of what had its effect; so may the next few.
        for index in [1, 2, 4, 7] { #expect(throws: SealError.replayed) { try restarted.open(datagrams[index]) } }
        for index in [8, 11, 9] { #expect(throws: Never.self) { try restarted.open(datagrams[index]) } }
    }

    @Test func anEarlierSenderIsNeverForgottenForANewOne() throws {
        var opener = PacketOpener(keys: [try testKey()], maximumSenders: 2)
        for sender in 1...2 as ClosedRange<UInt64> {
            var sealer = try testSealer(sender: sender)
            _ = try opener.open(sealer.seal(try testReport(), streamID: 5, at: .init(seconds: 1)))
        }
        var third = try testSealer(sender: 3)
        let datagram = third.seal(try testReport(), streamID: 5, at: .init(seconds: 1))
        #expect(throws: SealError.tooManySenders) { try opener.open(datagram) }
    }
}

@Suite struct ReplayWindowTests {
    @Test func agreesWithASetOfNumbers() {
        var generator = TestGenerator(seed: 6)
        for start in [0, 1000, UInt64.max / 2] {
            var window = ReplayWindow(first: start)
            var seen: Set<UInt64> = [start]
            var highest = start
            var disagreements = 0
            for _ in 0..<20000 {
                let jump = UInt64.random(in: 0..<100, using: &generator) == 0 ? UInt64(5000) : 40
                let ahead = UInt64.random(in: 0...jump, using: &generator)
                let behind = min(UInt64.random(in: 0..<2500, using: &generator), highest)
                let sequence = Bool.random(using: &generator) ? highest + ahead : highest - behind
                let expected =
                    !seen.contains(sequence) && (sequence > highest || highest - sequence < ReplayWindow.reach)
                if window.admit(sequence) != expected { disagreements += 1 }
                if expected { seen.insert(sequence) }
                highest = max(highest, sequence)
            }
            #expect(disagreements == 0)
        }
    }
}
