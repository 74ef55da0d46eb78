import ControlAPI
import ServiceKit
import Testing
import Wire

@testable import Relay

struct RelayPipelineTests {
    private func settings(
        snr: Double = 20,
        seed: UInt64 = 1,
        forward: [String: Double] = [:],
        back: [String: Double] = [:]
    ) throws -> RelaySettings {
        var settings = RelaySettings(snrDecibels: snr, seed: seed)
        var change = RelayChange()
        change.forward = forward
        change.back = back
        try settings.apply(change)
        return settings
    }

    private func pipeline(
        _ settings: RelaySettings,
        packets: Int = 4096,
        bytes: Int = 8 << 20
    ) -> RelayPipeline<Int> {
        RelayPipeline(settings, sampleRate: 1_000_000, limits: .init(packets: packets, bytes: bytes))
    }

    /// Packets of all kinds: signal data and things that the relay does not know.
    private func traffic(_ count: Int) -> [[UInt8]] {
        (0..<count).map { number in
            if number.isMultiple(of: 3) {
                return (0..<(number % 50)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number) }
            }
            return DIFIDataPacket(
                streamID: 7,
                count: UInt8(number & 0xF),
                timestamp: .ofSample(UInt64(40 * number), rate: 1_000_000, startSecond: 1_795_000_000),
                samples: [Int16](repeating: Int16(number % 9000), count: 80)
            ).serialized()
        }
    }

    private func drain(_ pipeline: inout RelayPipeline<Int>, at now: Duration) -> [RelayPipeline<Int>.Departure] {
        var left: [RelayPipeline<Int>.Departure] = []
        while let packet = pipeline.due(at: now) {
            pipeline.count(.forwarded, packet.direction)
            left.append(packet)
        }
        return left
    }

    @Test func withoutFaultsEverythingPassesAtOnceAndTheUnknownByteForByte() throws {
        var pipeline = pipeline(try settings())
        for (number, datagram) in traffic(300).enumerated() {
            let direction: LinkDirection = number.isMultiple(of: 2) ? .forward : .back
            pipeline.receive(datagram, direction, route: number, at: .zero)
            let left = drain(&pipeline, at: .zero)
            try #require(left.count == 1)
            #expect(left[0].route == number)
            #expect(left[0].direction == direction)
            let isNoisy = direction == .forward && !number.isMultiple(of: 3)
            #expect((left[0].bytes != datagram) == isNoisy)
            #expect(left[0].bytes.count == datagram.count)
        }
        #expect(pipeline.nextDeadline == nil)
        #expect(pipeline.noiseStatus.packets == 100)
        #expect(pipeline.noiseStatus.untouched == 50)
    }

    /// Packets that came plus copies made are those that left, were lost or wait; whatever the settings.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func noPacketIsForgotten(seed: UInt64) throws {
        var generator = SplitMix(state: seed)
        var faults: [String: Double] = [:]
        for setting in PacketFaults.settings where generator.next() % 2 == 0 {
            let share = Double(generator.next() >> 11) * 0x1p-53
            let top = min(setting.range.upperBound, setting.name.hasPrefix("rate") ? 20_000 : 80)
            faults[setting.name] = max(setting.range.lowerBound, share * top)
        }
        var pipeline = pipeline(try settings(seed: seed, forward: faults, back: faults), packets: 60, bytes: 20_000)
        var now = Duration.zero
        var forwarded = [0, 0]
        for (number, datagram) in traffic(1500).enumerated() {
            now += .microseconds(Int(generator.next() % 3000))
            pipeline.receive(datagram, generator.next() % 4 == 0 ? .back : .forward, route: number, at: now)
            for packet in drain(&pipeline, at: now) { forwarded[packet.direction == .forward ? 0 : 1] += 1 }
            #expect(pipeline.queueStatus.packets <= 60 && pipeline.queueStatus.bytes <= 20_000)
            if let next = pipeline.nextDeadline { #expect(next > now) }
        }
        var waiting = 0
        for (status, left) in zip([pipeline.forwardStatus, pipeline.backStatus], forwarded) {
            #expect(status.fates[.forwarded, default: 0] == left)
            let ends: [PacketFate] = [.forwarded, .lost, .rateLimited, .queueFull, .unroutable]
            let ended = ends.reduce(0) { $0 + status.fates[$1, default: 0] }
            waiting += status.received + status.fates[.duplicated, default: 0] - ended
        }
        #expect(waiting == pipeline.queueStatus.packets)
        #expect(pipeline.forwardStatus.received + pipeline.backStatus.received == 1500)
        _ = drain(&pipeline, at: now + .seconds(100_000))
        #expect(pipeline.queueStatus == .init(packets: 0, bytes: 0))
    }

    @Test func theSamePacketsMeetTheSameFatesAndNoise() throws {
        func run(seed: UInt64, step: Duration) throws -> [[UInt8]] {
            let faults = ["loss": 0.2, "duplicate": 0.1, "burst_enter": 0.05, "burst_leave": 0.5]
            var pipeline = pipeline(try settings(snr: 3, seed: seed, forward: faults))
            var left: [[UInt8]] = []
            for (number, datagram) in traffic(400).enumerated() {
                pipeline.receive(datagram, .forward, route: 0, at: step * number)
                left += drain(&pipeline, at: step * number).map(\.bytes)
            }
            return left
        }
        let reference = try run(seed: 5, step: .zero)
        #expect(try run(seed: 5, step: .seconds(1)) == reference)
        #expect(try run(seed: 6, step: .zero) != reference)
    }

    @Test func bothCopiesOfAPacketAreTheSame() throws {
        var pipeline = pipeline(try settings(snr: 0, forward: ["duplicate": 1, "jitter_ms": 10]))
        let datagram = traffic(2)[1]
        pipeline.receive(datagram, .forward, route: 0, at: .zero)
        let left = drain(&pipeline, at: .seconds(1))
        #expect(left.count == 2)
        #expect(left[0].bytes == left[1].bytes)
        #expect(left[0].bytes != datagram)
    }

    @Test func aHeldBackPacketIsOvertaken() throws {
        var pipeline = pipeline(try settings(forward: ["reorder": 0.3, "reorder_ms": 5]))
        var routes: [Int] = []
        for number in 0..<200 {
            pipeline.receive([1], .forward, route: number, at: .milliseconds(number))
            routes += drain(&pipeline, at: .milliseconds(number)).map(\.route)
        }
        routes += drain(&pipeline, at: .seconds(1)).map(\.route)
        #expect(routes.sorted() == Array(0..<200))
        let overtaken = zip(routes, routes.dropFirst()).count { $0 > $1 }
        #expect(overtaken > 10)
        let heldBack = try #require(pipeline.forwardStatus.fates[.heldBack])
        #expect((30...90).contains(heldBack))
    }

    @Test func whatIsHeldBackIsBounded() throws {
        var pipeline = pipeline(try settings(forward: ["delay_ms": 1000]), packets: 10, bytes: 1 << 20)
        for number in 0..<25 { pipeline.receive([0], .forward, route: number, at: .zero) }
        #expect(pipeline.queueStatus.packets == 10)
        #expect(pipeline.forwardStatus.fates[.queueFull] == 15)
        #expect(pipeline.nextDeadline == .seconds(1))
        #expect(drain(&pipeline, at: .seconds(1)).map(\.route) == Array(0..<10))
    }

    @Test func settingsChangeWhilePacketsWait() throws {
        var pipeline = pipeline(try settings(forward: ["delay_ms": 100]))
        pipeline.receive([1], .forward, route: 1, at: .zero)
        pipeline.apply(try settings(forward: ["loss": 1]))
        pipeline.receive([2], .forward, route: 2, at: .zero)
        pipeline.receive([3], .back, route: 3, at: .zero)
        #expect(drain(&pipeline, at: .milliseconds(99)).map(\.route) == [3])
        #expect(drain(&pipeline, at: .milliseconds(100)).map(\.route) == [1])
        #expect(pipeline.forwardStatus.fates[.lost] == 1)

        let datagram = traffic(2)[1]
        pipeline.apply(try settings(snr: 0))
        pipeline.receive(datagram, .forward, route: 0, at: .seconds(1))
        let noisy = drain(&pipeline, at: .seconds(1)).map(\.bytes)
        pipeline.apply(try settings(snr: 0, seed: 9))
        pipeline.receive(datagram, .forward, route: 0, at: .seconds(1))
        #expect(drain(&pipeline, at: .seconds(1)).map(\.bytes) != noisy)
    }
}

/// A small deterministic generator (SplitMix64).
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
