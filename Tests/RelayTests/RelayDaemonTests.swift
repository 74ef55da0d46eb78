import Channel
import ControlAPI
import ServiceKit
import Testing
import Wire

@testable import Relay

struct RelayDaemonTests {
    private func number(_ datagram: [UInt8]) -> Int { Int(datagram[0]) << 8 | Int(datagram[1]) }
    private func datagram(_ number: Int) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xFF), 0xAA] }

    /// Whole up to 9,216 bytes, both ways; beyond that dropped and counted.
    @Test func largeDatagramsPassWholeOrAreCounted() async throws {
        let receiver = try await testSocket()
        let relay = try await RunningRelay(peer: receiver.port)
        let transmitter = try await testSocket()
        var (arriving, returning) = (receiver.datagrams.makeAsyncIterator(), transmitter.datagrams.makeAsyncIterator())
        func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) } }
        for count in [4000, 9217, 9216, 20_000, 2049] {
            try transmitter.send(bytes(count), to: relay.front)
            if count > 9216 { continue }
            let arrived = try #require(await arriving.next())
            #expect(arrived.bytes == bytes(count))
            try receiver.send(bytes(count), to: arrived.source)
            #expect(await returning.next()?.bytes == bytes(count))
        }
        let status = try await relay.settled(received: 3)
        #expect(status.forward.received == 3 && status.forward.fates == [.forwarded: 3])
        #expect(status.dropped.oversized == 2)
        try await relay.stop()
        await receiver.close()
        await transmitter.close()
    }

    /// Each datagram of a flood is forwarded, or counted where it was lost.
    @Test func ofAFloodEveryDatagramIsAccountedFor() async throws {
        let receiver = try await testSocket()
        let relay = try await RunningRelay(peer: receiver.port)
        let transmitter = try await testSocket()
        let count = 60_000
        for _ in 0..<count { try? transmitter.send([1, 2, 3], to: relay.front) }
        try await eventually("all are accounted for") {
            let (status, dropped) = (await relay.daemon.status, await relay.daemon.status.dropped)
            return status.forward.received + dropped.overrun + dropped.overflowed + transmitter.unsent >= count
        }
        let status = await relay.daemon.status
        #expect(
            status.forward.received + status.dropped.overrun + status.dropped.overflowed + transmitter.unsent == count
        )
        try await relay.stop()
        await receiver.close()
        await transmitter.close()
    }

    /// Many packets at once, of several sizes and from two transmitters: all arrive whole, and one's in their order.
    @Test func aBurstKeepsItsOrderAndItsPackets() async throws {
        let receiver = try await testSocket()
        let relay = try await RunningRelay(peer: receiver.port)
        let transmitters = [try await testSocket(), try await testSocket()]
        let sizes = [Int](repeating: 1200, count: 100) + [1200, 3, 1200, 900, 900] + [Int](repeating: 40, count: 70)
        for (index, transmitter) in transmitters.enumerated() {
            for (number, size) in sizes.enumerated() {
                let bytes = [UInt8(index), UInt8(number)] + [UInt8](repeating: 7, count: size - 2)
                try transmitter.send(bytes, to: relay.front)
            }
        }
        let arrived = await datagrams(2 * sizes.count, from: receiver).map(\.bytes)
        for index in transmitters.indices {
            let own = arrived.filter { Int($0[0]) == index }
            #expect(own.map { Int($0[1]) } == Array(sizes.indices))
            #expect(own.map(\.count) == sizes)
        }
        #expect(try await relay.settled(received: arrived.count).forward.fates == [.forwarded: arrived.count])
        try await relay.stop()
        await receiver.close()
        for transmitter in transmitters { await transmitter.close() }
    }

    @Test func forwardsBothWaysAndKeepsTransmittersApart() async throws {
        let receiver = try await testSocket()
        let relay = try await RunningRelay(peer: receiver.port)
        var arriving = receiver.datagrams.makeAsyncIterator()
        // The third stands for a transmitter that was started again and got another port.
        let transmitters = [try await testSocket(), try await testSocket(), try await testSocket()]
        for (number, transmitter) in transmitters.enumerated() {
            try transmitter.send([UInt8(number)], to: relay.front)
            let arrived = try #require(await arriving.next())
            #expect(arrived.bytes == [UInt8(number)])
            try receiver.send([UInt8(100 + number)], to: arrived.source)
            var back = transmitter.datagrams.makeAsyncIterator()
            #expect(await back.next()?.bytes == [UInt8(100 + number)])
        }
        let status = await relay.daemon.status
        #expect(status.noise.untouched == 3)
        #expect(status.forward.fates == [.forwarded: 3])
        #expect(status.back.fates == [.forwarded: 3])
        #expect(status.transmitters == 3)
        try await relay.stop()
        await receiver.close()
        for transmitter in transmitters { await transmitter.close() }
    }

    /// Real UDP: exactly those packets arrive that the fates of the seed let through, both ways.
    @Test func losesDoublesAndReordersAsTheSeedSays() async throws {
        let count = 400
        let receiver = try await testSocket()
        let relay = try await RunningRelay(
            peer: receiver.port,
            """
            seed = 11
            profile = "storm"
            [profiles.storm]
            forward = { loss = 0.2, reorder = 0.2, reorder_ms = 40, duplicate = 0.2, jitter_ms = 3 }
            back = { burst_enter = 0.1, burst_leave = 0.4, duplicate = 0.1 }
            """
        )
        let transmitter = try await testSocket()
        for number in 0..<count { try transmitter.send(datagram(number), to: relay.front) }
        let status = try await relay.settled(received: count)
        let expected = expectedNumbers(count, .forward, seed: 11, status.forward.faults)
        let arrived = await datagrams(expected.count, from: receiver)
        #expect(arrived.map { number($0.bytes) }.sorted() == expected)
        #expect(arrived.map { number($0.bytes) } != expected, "some overtake others")
        #expect(status.forward.fates[.forwarded] == expected.count)
        #expect(status.forward.fates[.lost, default: 0] > 40)
        #expect(status.forward.fates[.heldBack, default: 0] > 30)

        let way = try #require(arrived.first?.source)
        for number in 0..<count { try receiver.send(datagram(number), to: way) }
        let expectedBack = expectedNumbers(count, .back, seed: 11, status.back.faults)
        let returned = await datagrams(expectedBack.count, from: transmitter)
        #expect(returned.map { number($0.bytes) } == expectedBack)
        #expect(expectedBack.count < count)
        try await relay.stop()
        await receiver.close()
        await transmitter.close()
    }

    private func expectedNumbers(
        _ count: Int,
        _ direction: LinkDirection,
        seed: UInt64,
        _ faults: PacketFaults
    ) -> [Int] {
        var line = FaultLine(direction: direction, seed: seed, faults: faults)
        return (0..<count).flatMap { number in
            line.delays(ofPacketOf: 3, at: .zero).map { _ in number }
        }
    }

    /// Two relays in a row add their noise, and their losses; reports find the way back through both.
    @Test func relaysMayStandInARow() async throws {
        let receiver = try await testSocket()
        let far = try await RunningRelay(peer: receiver.port, "snr_db = 6\nseed = 2")
        let near = try await RunningRelay(peer: try #require(far.front.port), "snr_db = 6\nseed = 1")
        let transmitter = try await testSocket()
        var sent: [[UInt8]] = []
        for number in 0..<200 {
            var packet = DIFIDataPacket(
                streamID: 5,
                count: UInt8(number & 0xF),
                timestamp: .ofSample(UInt64(number * 40), rate: 1_000_000, startSecond: 1_795_000_000),
                samples: [0, 0]
            )
            _ = packet.setUnitSamples((0..<80).map { $0 % 3 == 0 ? 0.7 : -0.7 })
            sent.append(packet.serialized())
        }
        for datagram in sent { try transmitter.send(datagram, to: near.front) }
        let arrived = await datagrams(sent.count, from: receiver)
        var power = 0.0
        for (a, b) in zip(sent, arrived) {
            let (a, b) = (try DIFIDataPacket(parsing: a), try DIFIDataPacket(parsing: b.bytes))
            #expect(a.timestamp == b.timestamp && a.count == b.count)
            for (x, y) in zip(a.unitSamples, b.unitSamples) { power += Double((x - y) * (x - y)) }
        }
        // Twice N0 = 10^(−6/10) per symbol; 16 000 squared Gaussians: three standard errors are 3.4 %.
        #expect(abs(power / 8000 / 0.502377 - 1) < 0.034)
        try receiver.send([42], to: #require(arrived.first?.source))
        #expect(await datagrams(1, from: transmitter).first?.bytes == [42])
        #expect(await near.daemon.status.back.fates == [.forwarded: 1])
        #expect(await far.daemon.status.back.fates == [.forwarded: 1])
        try await near.stop()
        try await far.stop()
        await receiver.close()
        await transmitter.close()
    }

    @Test func theTransmitterThatWasSilentLongestMakesRoom() async throws {
        let receiver = try await testSocket()
        let relay = try await RunningRelay(peer: receiver.port)
        var transmitters: [DatagramSocket] = []
        var sources: [Int] = []
        for number in 0...RelayDaemon.mostTransmitters {
            let transmitter = try await testSocket()
            try transmitter.send(datagram(number), to: relay.front)
            sources += await datagrams(1, from: receiver).compactMap(\.source.port)
            transmitters.append(transmitter)
        }
        #expect(Set(sources).count == RelayDaemon.mostTransmitters + 1)
        #expect(await relay.daemon.status.transmitters == RelayDaemon.mostTransmitters)
        // The first lost its place and gets a new one.
        try transmitters[0].send(datagram(9), to: relay.front)
        let again = await datagrams(1, from: receiver)
        #expect(again.first?.bytes == datagram(9))
        try receiver.send([1], to: #require(again.first?.source))
        #expect(await datagrams(1, from: transmitters[0]).first?.bytes == [1])
        try await relay.stop()
        await receiver.close()
        for transmitter in transmitters { await transmitter.close() }
    }
}
