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

    /// Whoever has the key may seal anything.
    @Test func absurdContentIsRefusedOrInBounds() throws {
        var generator = TestGenerator(seed: 12)
        var sealer = try testSealer()
        var opener = PacketOpener(keys: [try testKey()])
        var limits = SignalReassembler<Int>.Limits()
        limits.reals = 2048
        limits.bytes = 4 << 20
        var reassembler = try testReassembler(limits: limits)
        let honest = [try testSide().encoded(), try testReport().encoded()]
        var (refused, opened) = (0, 0)
        for number in 0..<50_000 {
            let content = SealedContent.allCases[number % 2]
            var bytes = honest[number % 2]
            switch number % 3 {
            case 0: bytes = (0..<bytes.count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            case 1:
                for _ in 0..<Int.random(in: 1...8, using: &generator) {
                    let place = Int.random(in: 0..<bytes.count, using: &generator)
                    bytes[place] =
                        [0, 0xFF, 0x7F, 0x80, UInt8.random(in: 0...255, using: &generator)]
                        .randomElement(using: &generator) ?? 0
                }
            default: bytes.removeLast(4 * Int.random(in: 0...bytes.count / 4, using: &generator))
            }
            let packet = sealer.seal(bytes, as: content, streamID: 5, count: 0, at: .init(seconds: 1))
            do throws(SealError) {
                if case .sideInformation(let side) = try opener.open(packet).content {
                    #expect(side.symbolCount <= SideInformation.maximumSymbols && side.scale.isFinite)
                }
                opened += 1
            } catch {
                guard case .invalidContent = error else {
                    Issue.record("\(error)")
                    continue
                }
                refused += 1
            }
            _ = reassembler.receive(packet, from: number % 7, at: .milliseconds(number))
            #expect(reassembler.heldBytes <= limits.bytes)
        }
        #expect(refused > 10_000)
        #expect(opened > 500)
    }

    @Test func contentsAreNotReadableAndNeverEqual() throws {
        var sealer = try testSealer()
        let side = try testSide()
        let first = sealer.seal(side, streamID: 5, count: 0, at: .init(seconds: 1))
        let second = sealer.seal(side, streamID: 5, count: 0, at: .init(seconds: 1))
        #expect(first.suffix(84) != second.suffix(84))
        let digest = Data(side.modelDigest)
        #expect(Data(first).range(of: digest) == nil)
        #expect(Data(side.encoded()).range(of: digest) != nil)
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

    /// Forged from nothing, and recorded ones sent again, in any order.
    @Test func neitherForgedNorReplayedPacketsAreOpened() throws {
        var generator = TestGenerator(seed: 13)
        var sealer = try testSealer()
        var opener = PacketOpener(keys: [try testKey()])
        let honest = try (0..<1000).map { _ in sealer.seal(try testReport(), streamID: 5, at: .init(seconds: 1)) }
        for packet in honest { _ = try opener.open(packet) }
        var (replayed, forged) = (0, 0)
        for _ in 0..<20_000 {
            var packet = try #require(honest.randomElement(using: &generator))
            if let error = #expect(throws: SealError.self, performing: { try opener.open(packet) }), error == .replayed
            {
                replayed += 1
            }
            // With another number, or another text under the same: the key is not there to seal it.
            let place = Int.random(in: 36..<packet.count, using: &generator)
            packet[place] ^= UInt8.random(in: 1...255, using: &generator)
            if (try? opener.open(packet)) == nil { forged += 1 }
        }
        #expect(replayed == 20_000 && forged == 20_000)
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
        datagram[29] = 3
        var opener = PacketOpener(keys: [try testKey()])
        #expect(throws: SealError.unsupportedVersion(3)) { try opener.open(datagram) }
    }

    /// What a process knows that was stopped and started again.
    private func restarted(
        _ opener: PacketOpener,
        of content: SealedContent,
        keys: [PreSharedKey]
    ) throws -> PacketOpener {
        let stored = try JSONEncoder().encode(opener.snapshot)
        var restarted = PacketOpener(keys: keys)
        restarted.restore(try JSONDecoder().decode(ReplaySnapshot.self, from: stored), of: content)
        return restarted
    }

    @Test func replayWindowsSurviveARestart() throws {
        var sealer = try testSealer(sequence: 1001)
        var opener = PacketOpener(keys: [try testKey()])
        let datagrams = try (0..<12).map { _ in sealer.seal(try testReport(), streamID: 5, at: .init(seconds: 1)) }
        for index in [0, 3] { _ = try opener.open(datagrams[index]) }
        // Of side information 1004 has copies up to 1007, which may have come after the file was written.
        var side = try restarted(opener, of: .sideInformation, keys: [testKey()])
        for index in 0...6 { #expect(throws: SealError.replayed) { try side.open(datagrams[index]) } }
        for index in [7, 11, 9] { #expect(throws: Never.self) { try side.open(datagrams[index]) } }
        // A report is one packet: the next one is new.
        var reports = try restarted(opener, of: .report, keys: [testKey()])
        for index in 0...3 { #expect(throws: SealError.replayed) { try reports.open(datagrams[index]) } }
        for index in 4...11 { #expect(throws: Never.self) { try reports.open(datagrams[index]) } }
    }

    @Test func afterARestartTheNextTransmissionIsNew() throws {
        var framer = try testFramer()
        let sent = try (0..<3).map { _ in
            try framer.frame(testSamples(320), side: testSide()).datagrams.filter {
                WirePacketKind.classify($0) == .sealed
            }
        }
        #expect(sent.map(\.count) == [3, 3, 3])
        var opener = PacketOpener(keys: [try testKey()])
        _ = try opener.open(sent[0][0])
        var later = try restarted(opener, of: .sideInformation, keys: [testKey()])
        for copy in sent[0] { #expect(throws: SealError.replayed) { try later.open(copy) } }
        for copy in sent[1] + sent[2] { #expect(throws: Never.self) { try later.open(copy) } }
    }

    @Test func aFileFromBeforeWindowsWereKeptByKeyHoldsForAllKeys() throws {
        var window = ReplayWindow(first: 1000)
        _ = window.admit(1001)
        let old = try JSONEncoder().encode(["windows": [UInt64(77): window]])
        var opener = PacketOpener(keys: [try testKey()])
        opener.restore(try JSONDecoder().decode(ReplaySnapshot.self, from: old), of: .report)
        var sealer = try testSealer()
        let datagrams = try (0..<3).map { _ in sealer.seal(try testReport(), streamID: 5, at: .init(seconds: 1)) }
        #expect(throws: SealError.replayed) { try opener.open(datagrams[1]) }
        #expect(throws: Never.self) { try opener.open(datagrams[2]) }
    }

    @Test func whoHoldsAnotherKeyCannotMoveASendersWindow() throws {
        let keys = [try testKey(1), try testKey(2)]
        var opener = PacketOpener(keys: keys)
        var honest = try testSealer(key: 1, sender: 77)
        let before = honest.seal(try testReport(), streamID: 5, at: .init(seconds: 1))
        _ = try opener.open(before)
        // The sender's id is readable on the wire; the highest number there is, under the other key.
        for sequence in [UInt64.max, UInt64.max - 3, UInt64(1) << 63] {
            var other = try testSealer(key: 2, sender: 77, sequence: sequence)
            _ = try? opener.open(other.seal(try testReport(), streamID: 5, at: .init(seconds: 1)))
        }
        let after = honest.seal(try testReport(), streamID: 5, at: .init(seconds: 1))
        #expect(throws: Never.self) { try opener.open(after) }
        for content in SealedContent.allCases {
            var later = try restarted(opener, of: content, keys: keys)
            #expect(throws: SealError.replayed) { try later.open(before) }
        }
    }

    @Test func manySendersUnderOneKeyHurtNeitherAnotherKeyNorThoseThatCome() throws {
        var opener = PacketOpener(keys: [try testKey(1), try testKey(2)])
        var honest = try testSealer(key: 1, sender: 5000)
        let first = honest.seal(try testReport(), streamID: 5, at: .init(seconds: 1))
        _ = try opener.open(first)
        var displaced = 0
        var recorded: [[UInt8]] = []
        for sender in UInt64(0)..<1030 {
            var sealer = try testSealer(key: 2, sender: sender, sequence: 1000 + 10 * sender)
            recorded.append(sealer.seal(try testReport(), streamID: 5, at: .init(seconds: 1)))
            if try opener.open(recorded[Int(sender)]).displacedSender { displaced += 1 }
        }
        #expect(displaced == 1030 - SenderWindows.most)
        for old in recorded { #expect(throws: SealError.replayed) { try opener.open(old) } }
        #expect(throws: SealError.replayed) { try opener.open(first) }
        let second = honest.seal(try testReport(), streamID: 5, at: .init(seconds: 1))
        #expect(throws: Never.self) { try opener.open(second) }
        // The next that comes finds its place after a restart, too.
        var later = try restarted(opener, of: .report, keys: [testKey(1), testKey(2)])
        var next = try testSealer(key: 2, sender: 2000, sequence: 1 << 40)
        let new = next.seal(try testReport(), streamID: 5, at: .init(seconds: 1))
        #expect(throws: Never.self) { try later.open(new) }
        for old in recorded { #expect(throws: SealError.replayed) { try later.open(old) } }
    }

    @Test func aSenderThatHadToMakeRoomComesBackWithoutItsOldPackets() throws {
        var opener = PacketOpener(keys: [try testKey()])
        var first = try testSealer(sender: 1, sequence: 10)
        let old = first.seal(try testReport(), streamID: 5, at: .init(seconds: 1))
        _ = try opener.open(old)
        for sender in 2...UInt64(SenderWindows.most + 1) {
            var sealer = try testSealer(sender: sender, sequence: 100 * sender)
            _ = try opener.open(sealer.seal(try testReport(), streamID: 5, at: .init(seconds: 1)))
        }
        #expect(throws: SealError.replayed) { try opener.open(old) }
        let back = first.seal(try testReport(), streamID: 5, at: .init(seconds: 1))
        #expect(throws: Never.self) { try opener.open(back) }
    }
}

@Suite struct ReplayWindowTests {
    @Test func agreesWithASetOfNumbers() {
        var generator = TestGenerator(seed: 6)
        for start in [0, 1000, UInt64.max / 2, .max - 30_000, .max - 1, .max] {
            var window = ReplayWindow(first: start)
            var seen: Set<UInt64> = [start]
            var highest = start
            var disagreements = 0
            for _ in 0..<20000 {
                let jump = UInt64.random(in: 0..<100, using: &generator) == 0 ? UInt64(5000) : 40
                let ahead = UInt64.random(in: 0...jump, using: &generator)
                let behind = min(UInt64.random(in: 0..<2500, using: &generator), highest)
                let sequence = Bool.random(using: &generator) ? highest + min(ahead, .max - highest) : highest - behind
                let expected =
                    !seen.contains(sequence) && (sequence > highest || highest - sequence < ReplayWindow.reach)
                if window.admit(sequence) != expected { disagreements += 1 }
                if expected { seen.insert(sequence) }
                highest = max(highest, sequence)
            }
            #expect(disagreements == 0)
        }
    }

    @Test(arguments: [0, 3, 1000, 1 << 40, .max / 2, .max - 70, .max - 3, .max] as [UInt64], [1, 4] as [UInt64])
    func closingAdmitsNothingOldAndWhatFollowsTheGroup(highest: UInt64, group: UInt64) {
        var window = ReplayWindow(first: highest - min(highest, 40))
        _ = window.admit(highest)
        let closed = window.closed(group: group)
        let end = highest | (group - 1)
        let old = (0...min(end, 3000)).count { behind in
            var probe = closed
            return probe.admit(end - behind)
        }
        #expect(old == 0)
        for ahead in UInt64(1)...100 where ahead <= UInt64.max - end {
            var probe = closed
            let answers = [probe.admit(end + ahead), probe.admit(end + ahead)]
            #expect(answers == [true, false])
        }
    }
}
