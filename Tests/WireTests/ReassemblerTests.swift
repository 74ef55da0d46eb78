import Testing

@testable import Wire

@Suite struct SignalFramerTests {
    @Test func theOrderSpreadsTheSideInformation() throws {
        var framer = try testFramer()
        let framed = try framer.frame(testSamples(320), side: testSide())
        let kinds = framed.datagrams.map(WirePacketKind.classify)
        let half = [WirePacketKind?](repeating: .data, count: 4)
        #expect(kinds == [.version, .context, .sealed] + half + [.sealed] + half + [.sealed])
        #expect(framed.datagrams.allSatisfy { $0.count <= 1452 })
        let data = try framed.datagrams.filter { WirePacketKind.classify($0) == .data }.map(
            DIFIDataPacket.init(parsing:)
        )
        #expect(data.map(\.count) == Array(0..<8))
        #expect(data.map { $0.timestamp.picoseconds } == (0..<8).map { $0 * 40_000_000 })
        #expect(data.flatMap(\.unitSamples) == testSamples(320))
    }

    /// What would clip is not sent: the receiver has erasures, knows how many, and waits for nothing.
    @Test func symbolsThatWouldClipAreErasures() throws {
        var framer = try testFramer()
        var samples = testSamples(320)
        for (place, value) in [(17, 9), (80, -9), (81, 4), (79, .nan), (600, -.infinity)] as [(Int, Float)] {
            samples[place] = value
        }
        let clipping: Set = [8, 39, 40, 300]
        #expect(SignalFramer.unsentCount(samples) == 4)
        #expect(throws: WireError.self) { try framer.frame(samples, side: testSide()) }
        let side = try testSide(unsent: 4)
        #expect(try SideInformation(decoding: side.encoded()) == side)
        let datagrams = try framer.frame(samples, side: side).datagrams
        for datagram in datagrams {
            guard let packet = try? DIFIDataPacket(parsing: datagram) else { continue }
            #expect(packet.samples.allSatisfy { $0 != .max && $0 != .min })
        }
        var reassembler = try testReassembler()
        let events = datagrams.flatMap { reassembler.receive($0, from: 1, at: .zero) }
        guard case .received(let transmission) = try #require(events.first) else { return }
        #expect(events.count == 1 && reassembler.counters.transmissionsComplete == 1)
        for symbol in 0..<320 {
            #expect(transmission.erased[symbol] == clipping.contains(symbol))
            if clipping.contains(symbol) { continue }
            #expect(transmission.samples[2 * symbol] == samples[2 * symbol])
        }
        #expect(throws: WireError.self) { try testSide(unsent: 320) }
    }

    @Test func whatDoesNotFitIsRefused() throws {
        var framer = try testFramer()
        #expect(throws: WireError.self) { try framer.frame(testSamples(319), side: testSide()) }
        #expect(throws: WireError.self) { try framer.frame(testSamples(320), side: testSide(stream: 0xED5C_0001)) }
        #expect(throws: WireError.self) { try testFramer(symbolsPerPacket: 351) }
        #expect(throws: WireError.self) { try testFramer(symbolsPerPacket: 0) }
    }
}

@Suite struct SignalReassemblerTests {
    private typealias Event = SignalReassembler<Int>.Event

    private func transmission(_ event: Event?) throws -> ReceivedTransmission<Int> {
        guard case .received(let transmission)? = event else { throw WireError.outOfRange("no event") }
        return transmission
    }

    @Test func moreRealsThanAnyCodeHasAreRefusedBeforeMemoryIsTaken() throws {
        var limits = SignalReassembler<Int>.Limits()
        limits.reals = 2048
        limits.bytes = 0
        var reassembler = try testReassembler(limits: limits)
        var framer = try testFramer()
        let side = try testSide(reals: 2050)
        var refused: [SideInformation] = []
        for datagram in try framer.frame(testSamples(side.symbolCount), side: side).datagrams
        where WirePacketKind.classify(datagram) == .sealed {
            for case .refused(let side, peer: 1, keyIdentifier: _) in reassembler.receive(datagram, from: 1, at: .zero)
            {
                refused.append(side)
            }
        }
        // Once, although there are three copies.
        #expect(refused == [side])
        #expect(reassembler.counters[.sideRefused] == 1)
    }

    @Test func anyOrderWithDuplicatesGivesTheSignal() throws {
        for seed in 0..<60 as Range<UInt64> {
            var generator = TestGenerator(seed: seed)
            let reals = UInt32.random(in: 1...400, using: &generator) * 2
            let pilots = UInt32.random(in: 0...70, using: &generator)
            let side = try testSide(reals: reals, pilots: pilots, rate: 7_654_321)
            var framer = try testFramer(symbolsPerPacket: .random(in: 1...350, using: &generator))
            let samples = testSamples(side.symbolCount, seed: seed)
            let framed = try framer.frame(samples, side: side)
            let shuffled = (framed.datagrams + framed.datagrams).shuffled(using: &generator)
            var reassembler = try testReassembler()
            var events: [Event] = []
            for datagram in shuffled { events += reassembler.receive(datagram, from: 1, at: .zero) }
            #expect(events.count == 1)
            let received = try transmission(events.first)
            #expect(received.side == side && received.samples == samples && received.erasedCount == 0)
            #expect(reassembler.counters.transmissionsComplete == 1)
            #expect(reassembler.tick(at: .seconds(100)).isEmpty)
            #expect(reassembler.nextDeadline == nil)
        }
    }

    @Test func anyLossBecomesErasures() throws {
        for seed in 100..<160 as Range<UInt64> {
            var generator = TestGenerator(seed: seed)
            let side = try testSide()
            var framer = try testFramer()
            let samples = testSamples(320, seed: seed)
            var expected = samples
            var erased = [Bool](repeating: false, count: 320)
            var delivered: [[UInt8]] = []
            var sides = 0
            for datagram in try framer.frame(samples, side: side).datagrams {
                let isLost = Double.random(in: 0..<1, using: &generator) < 0.35
                if WirePacketKind.classify(datagram) == .data, isLost {
                    let packet = try DIFIDataPacket(parsing: datagram)
                    let first = Int(try #require(packet.timestamp.sampleIndex(rate: side.sampleRate)))
                    for symbol in first..<first + 40 {
                        erased[symbol] = true
                        expected[2 * symbol] = 0
                        expected[2 * symbol + 1] = 0
                    }
                }
                if WirePacketKind.classify(datagram) == .sealed, !isLost { sides += 1 }
                if !isLost { delivered.append(datagram) }
            }
            var reassembler = try testReassembler()
            var events: [Event] = []
            for datagram in delivered.shuffled(using: &generator) {
                events += reassembler.receive(datagram, from: 4, at: .zero)
            }
            if erased.contains(true) { #expect(events.isEmpty) }
            events += reassembler.tick(at: .seconds(2))
            guard sides > 0 else {
                #expect(events.isEmpty)
                continue
            }
            #expect(events.count == 1)
            let received = try transmission(events.first)
            #expect(received.samples == expected && received.erased == erased && received.peer == 4)
            #expect(reassembler.counters.symbolsErased == UInt64(erased.count { $0 }))
        }
    }

    @Test func theDeadlineRunsFromTheFirstSideInformation() throws {
        var framer = try testFramer()
        let datagrams = try framer.frame(testSamples(320), side: testSide()).datagrams
        var reassembler = try testReassembler()
        #expect(reassembler.receive(datagrams[2], from: 1, at: .seconds(10)).isEmpty)
        #expect(reassembler.nextDeadline == .seconds(12))
        #expect(reassembler.receive(datagrams[7], from: 1, at: .seconds(11)).isEmpty)  // a repeat does not extend it
        #expect(reassembler.tick(at: .milliseconds(11_999)).isEmpty)
        let received = try transmission(reassembler.tick(at: .seconds(12)).first)
        #expect(received.erasedCount == 320)
        // Stragglers open nothing.
        #expect(reassembler.receive(datagrams[3], from: 1, at: .seconds(13)).isEmpty)
        #expect(reassembler.receive(datagrams[12], from: 1, at: .seconds(13)).isEmpty)
        #expect(reassembler.counters[.dataLate] == 1 && reassembler.counters[.sideRepeated] == 2)
        #expect(reassembler.nextDeadline == nil)
    }

    @Test func transmissionsDoNotMix() throws {
        var generator = TestGenerator(seed: 8)
        var datagrams: [[UInt8]] = []
        var sent: [UInt8: [Float]] = [:]
        var framer = try testFramer()
        for number in 0..<20 as Range<UInt8> {
            // Streams repeat in other seconds.
            let side = try testSide(
                stream: 0x100 + UInt32(number % 5),
                second: startSecond + UInt32(number / 5),
                transfer: number
            )
            sent[number] = testSamples(320, seed: UInt64(number))
            datagrams += try framer.frame(testSamples(320, seed: UInt64(number)), side: side).datagrams
        }
        var reassembler = try testReassembler()
        var received: [UInt8: [Float]] = [:]
        for datagram in datagrams.shuffled(using: &generator) {
            for case .received(let transmission) in reassembler.receive(datagram, from: 0, at: .zero) {
                received[transmission.side.transferID.bytes[0]] = transmission.samples
            }
        }
        #expect(received == sent)
    }

    @Test func dataOffTheGridAndForeignPacketsAreDropped() throws {
        var framer = try testFramer()
        let datagrams = try framer.frame(testSamples(320), side: testSide()).datagrams
        var reassembler = try testReassembler()
        _ = reassembler.receive(datagrams[2], from: 1, at: .zero)
        for picoseconds in [500_000, 320_000_000, 999_999_000_000] as [UInt64] {
            let packet = DIFIDataPacket(
                streamID: 0x100,
                count: 0,
                timestamp: DIFITimestamp(seconds: startSecond, picoseconds: picoseconds),
                samples: [1, 1]
            )
            _ = reassembler.receive(packet.serialized(), from: 1, at: .zero)
        }
        // Begins inside, ends outside.
        let long = DIFIDataPacket(
            streamID: 0x100,
            count: 0,
            timestamp: DIFITimestamp(seconds: startSecond, picoseconds: 319_000_000),
            samples: [1, 1, 1, 1]
        )
        _ = reassembler.receive(long.serialized(), from: 1, at: .zero)
        #expect(reassembler.counters[.dataOffGrid] == 4)
        for junk in [[], [0], Array("GET / HTTP/1.1".utf8), [UInt8](repeating: 0x18, count: 400)] as [[UInt8]] {
            #expect(reassembler.receive(junk, from: 1, at: .zero).isEmpty)
        }
        #expect(reassembler.counters[.foreign] == 4)
        var stranger = try testSealer(key: 2)
        _ = reassembler.receive(
            stranger.seal(try testSide(stream: 5), streamID: 1, count: 0, at: .init(seconds: 1)),
            from: 1,
            at: .zero
        )
        #expect(reassembler.counters[.notAuthentic] == 1)
        let received = try transmission(reassembler.tick(at: .seconds(2)).first)
        #expect(received.erasedCount == 320)
    }

    @Test func anotherTransferCannotTakeAnOpenStream() throws {
        var first = try testFramer(sender: 1)
        var second = try testFramer(sender: 2)
        let samples = testSamples(320)
        let datagrams = try first.frame(samples, side: testSide(transfer: 1)).datagrams
        let intruding = try second.frame(testSamples(320, seed: 9), side: testSide(transfer: 2)).datagrams
        var reassembler = try testReassembler()
        _ = reassembler.receive(datagrams[2], from: 1, at: .zero)
        _ = reassembler.receive(intruding[2], from: 1, at: .zero)
        #expect(reassembler.counters[.sideConflict] == 1)
        let events = datagrams[3...].flatMap { reassembler.receive($0, from: 1, at: .zero) }
        let received = try transmission(events.first)
        #expect(received.samples == samples && received.peer == 1)
    }

    @Test func twoTransmittersMayChooseTheSameStreamInTheSameSecond() throws {
        var first = try testFramer(sender: 1)
        var second = try testFramer(sender: 2)
        let (one, other) = (testSamples(320), testSamples(320, seed: 9))
        let datagrams = zip(
            try first.frame(one, side: testSide(transfer: 1)).datagrams,
            try second.frame(other, side: testSide(transfer: 2)).datagrams
        )
        var reassembler = try testReassembler()
        var received: [ReceivedTransmission<Int>] = []
        for (mine, theirs) in datagrams {
            for case .received(let transmission) in reassembler.receive(mine, from: 1, at: .zero)
                + reassembler.receive(theirs, from: 2, at: .zero)
            {
                received.append(transmission)
            }
        }
        #expect(received.map(\.samples) == [one, other])
        #expect(received.map(\.peer) == [1, 2])
        #expect(received.allSatisfy { $0.erasedCount == 0 })
    }

    @Test func aKeyThatWasTakenOutOpensNothing() throws {
        var framer = try testFramer()
        var reassembler = try testReassembler()
        let before = try framer.frame(testSamples(320), side: testSide(stream: 1)).datagrams
        let events = before.flatMap { reassembler.receive($0, from: 1, at: .zero) }
        #expect(try transmission(events.first).keyIdentifier == testKey(1).identifier)
        reassembler.accept([try testKey(2)])
        for datagram in try framer.frame(testSamples(320), side: testSide(stream: 2)).datagrams {
            #expect(reassembler.receive(datagram, from: 1, at: .zero).isEmpty)
        }
        #expect(reassembler.counters[.notAuthentic] == 3)
        framer.use(try testKey(2))
        let after = try framer.frame(testSamples(320), side: testSide(stream: 3)).datagrams
        #expect(try transmission(after.flatMap { reassembler.receive($0, from: 1, at: .zero) }.first).peer == 1)
    }

    @Test func memoryIsBoundedUnderAFlood() throws {
        var limits = SignalReassembler<Int>.Limits()
        limits.heldPackets = 50
        limits.bytes = 100_000
        limits.transmissions = 3
        limits.remembered = 2
        var reassembler = try testReassembler(limits: limits)
        var framer = try testFramer(symbolsPerPacket: 350)
        let packets = try framer.frame(testSamples(65_535), side: testSide(reals: 131_070, pilots: 0)).datagrams
            .filter { WirePacketKind.classify($0) == .data }
        for packet in packets + packets { _ = reassembler.receive(packet, from: 1, at: .zero) }
        #expect(reassembler.counters[.dataHeld] == UInt64(2 * packets.count))
        #expect(reassembler.counters[.dataDropped] == UInt64(2 * packets.count - 50))
        // A side information of 65,535 symbols would need 590 kB; small ones fit up to the count.
        var sealer = try testSealer(sender: 3)
        func offer(_ side: SideInformation) {
            _ = reassembler.receive(sealer.seal(side, streamID: 1, count: 0, at: .init(seconds: 1)), from: 1, at: .zero)
        }
        offer(try testSide(reals: 131_070, pilots: 0, stream: 1))
        #expect(reassembler.counters[.sideRefused] == 1)
        for stream in 2...6 as ClosedRange<UInt32> { offer(try testSide(stream: stream)) }
        #expect(reassembler.counters[.sideAccepted] == 3 && reassembler.counters[.sideRefused] == 3)
        #expect(reassembler.tick(at: .seconds(2)).count == 3)
        #expect(reassembler.counters[.dataDropped] == UInt64(2 * packets.count))
        #expect(reassembler.nextDeadline == nil)
        // Room again.
        offer(try testSide(stream: 9))
        #expect(reassembler.counters[.sideAccepted] == 4)
    }

    @Test func everyDatagramIsCounted() throws {
        var framer = try testFramer()
        let datagrams = try framer.frame(testSamples(320), side: testSide()).datagrams
        var reassembler = try testReassembler()
        for datagram in datagrams { _ = reassembler.receive(datagram, from: 1, at: .zero) }
        let fates = Dictionary(uniqueKeysWithValues: reassembler.counters.byFate.map { ($0.name, $0.value) })
        #expect(fates["data_accepted"] == 8 && fates["side_accepted"] == 1 && fates["side_repeated"] == 2)
        #expect(fates["context"] == 1 && fates["version"] == 1)
        #expect(fates.values.reduce(0, +) == UInt64(datagrams.count))
        #expect(fates.count == DatagramFate.allCases.count)
    }

    /// What is lost of a frame is not waited for as long as of other pictures.
    @Test func framesEndSooner() throws {
        var limits = SignalReassembler<Int>.Limits()
        limits.frameDeadline = .milliseconds(150)
        for (frame, milliseconds) in [(nil, 2000), (SideInformation.Frame(number: 1, milliseconds: 9), 150)] {
            let side = try testSide(base: [UInt8](repeating: 3, count: 32), frame: frame)
            var framer = try SignalFramer(sealer: testSealer(), sideStreamID: 0x999)
            let samples = [Float](repeating: 0.5, count: 2 * side.symbolCount)
            let datagrams = try framer.frame(samples, side: side).datagrams
            var reassembler = SignalReassembler<Int>(opener: PacketOpener(keys: [try testKey()]), limits: limits)
            for datagram in datagrams.dropLast(2) { #expect(reassembler.receive(datagram, from: 1, at: .zero).isEmpty) }
            #expect(reassembler.nextDeadline == .milliseconds(milliseconds))
            #expect(reassembler.tick(at: .milliseconds(milliseconds)).count == 1)
        }
    }
}
