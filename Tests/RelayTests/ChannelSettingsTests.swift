import Basics
import Channel
import ControlAPI
import ServiceKit
import Testing
import Wire

@testable import Relay

struct ChannelSettingsTests {
    private let line: DelayLine

    init() throws {
        line = try DelayLine(parsing: "0,0\n1,-3\n3,-6")
    }

    private func settings(_ json: String = "{}", snr: Double = 100) throws -> RelaySettings {
        var settings = RelaySettings(snrDecibels: snr, seed: 4, delayLines: ["hills": line])
        try settings.apply(DatedJSON.decode(RelayChange.self, from: #"{"channel": \#(json)}"#.utf8))
        return settings
    }

    @Test func changesWhatIsNamedAndNothingElse() throws {
        var settings = try settings(#"{"fading": "rician", "rician_k_db": 3, "cfo_hz": -20, "delay_line": "hills"}"#)
        let change = try DatedJSON.decode(RelayChange.self, from: #"{"channel": {"fading": "none"}}"#.utf8)
        try settings.apply(change)
        #expect(settings.channel.summary == "delay_line hills, rician_k_db 3, cfo_hz -20")
        settings.apply(LinkProfile(), named: "clean")
        #expect(settings.channel.summary == "none")
    }

    @Test(arguments: [
        (#"{"fading": "rice"}"#, "none, rayleigh, rician"), (#"{"fading": 3}"#, "name"),
        (#"{"delay_line": "valley"}"#, "none, hills"), (#"{"cfo_hz": "much"}"#, "number"),
        (#"{"cfo": 1}"#, "cfo_hz"), (#"{"adc_bits": 2.5}"#, "whole"), (#"{"adc_bits": 17}"#, "0 to 16"),
        (#"{"block_symbols": -1}"#, "block_symbols"), (#"{"pa_smoothness": 0}"#, "pa_smoothness"),
        (#"{"block_symbols": 4, "doppler_hz": 1}"#, "exclude"),
    ])
    func refusesAllOfAChangeThatIsWrong(json: String, word: String) throws {
        #expect { try settings(json) } throws: { "\($0)".contains(word) && "\($0)".hasPrefix("channel: ") }
    }

    @Test func impairmentsSurviveJSONAndEverySettingIsInIt() throws {
        var channel = ChannelImpairments()
        for (number, setting) in ChannelImpairments.settings.enumerated() {
            let (low, high) = (setting.range.lowerBound, setting.range.upperBound)
            let value = low + (high - low) / Double(number + 3)
            channel[keyPath: setting.path] = setting.isWhole ? value.rounded() : value
        }
        channel.dopplerHertz = 0
        (channel.fading, channel.delayLine) = (.rician, "hills")
        #expect(channel.complaint == nil)
        let bytes = try DatedJSON.encode(channel)
        #expect(try DatedJSON.decode(ChannelImpairments.self, from: bytes) == channel)
        #expect(Mirror(reflecting: channel).children.count == ChannelImpairments.settings.count + 2)
    }

    /// Each setting by itself makes another channel, but for those that belong to another one.
    @Test(arguments: ChannelImpairments.settings.map(\.name) + ["fading"])
    func everySettingReachesTheSamples(name: String) throws {
        let others = [
            "block_symbols": #""fading": "rayleigh""#, "doppler_hz": #""fading": "rayleigh""#,
            "rician_k_db": #""fading": "rician""#, "delay_spread_ns": #""delay_line": "hills""#,
            "pa_smoothness": #""pa_backoff_db": 0"#, "adc_full_scale_db": #""adc_bits": 4"#,
        ]
        let base = others[name] ?? #""pa_smoothness": 3"#
        let sent = (0..<40).map { ComplexSymbol(i: $0.isMultiple(of: 2) ? 1 : -1, q: $0 < 30 ? 0.5 : -1.5) }
        func received(_ json: String) throws -> [ComplexSymbol] {
            let channel = try settings(json).channelModel
            let memory = channel.memory(atRate: 1e6)
            let silence = { [ComplexSymbol](repeating: ComplexSymbol(i: 0, q: 0), count: $0) }
            let around = silence(memory.before) + sent + silence(memory.after)
            return channel.apply(around, at: SymbolRun(stream: 1, firstIndex: 5000, rate: 1e6))
        }
        let value = name == "fading" ? #""rayleigh""# : name.hasPrefix("dc") ? "0.3" : "5"
        #expect(try received("{\(base), \"\(name)\": \(value)}") != received("{\(base)}"))
    }

    private func packet(_ number: Int) throws -> DIFIDataPacket {
        var packet = DIFIDataPacket(
            streamID: 7,
            count: UInt8(number & 0xF),
            timestamp: .ofSample(UInt64(40 * number), rate: 1_000_000, startSecond: 1_795_000_000),
            samples: [Int16](repeating: 0, count: 80)
        )
        let code = NoiseSource(seed: 1, stream: 1)
        _ = packet.setUnitSamples(
            (0..<40).flatMap { index -> [Float] in
                let symbol = code.noise(at: UInt64(40 * number + index))
                return [symbol.i, symbol.q]
            }
        )
        return packet
    }

    /// Samples by packet, whatever becomes of the order.
    private func pass(_ order: [Int], _ settings: RelaySettings) throws -> [DIFITimestamp: [Float]] {
        var pipeline = RelayPipeline<Int>(settings, sampleRate: 1_000_000, limits: .init())
        for number in order {
            pipeline.receive(try packet(number).serialized(), .forward, route: 0, at: .zero)
        }
        var received: [DIFITimestamp: [Float]] = [:]
        while let left = pipeline.due(at: .seconds(60)) {
            let packet = try DIFIDataPacket(parsing: left.bytes)
            received[packet.timestamp] = packet.unitSamples
        }
        return received
    }

    /// Packets that are lost, doubled or late meet the same channel as those in order: echoes and clock included.
    @Test(arguments: [
        #"{"delay_line": "hills", "fading": "rayleigh", "delay_spread_ns": 5000, "clock_ppm": 500}"#,
        #"{"fading": "rayleigh", "block_symbols": 100}"#, #"{"linewidth_hz": 1000}"#,
    ])
    func theOrderOfPacketsDoesNotMatter(json: String) throws {
        let settings = try settings(json)
        let inOrder = try pass(Array(0..<20), settings)
        #expect(inOrder.count == 20)
        #expect(try pass((0..<20).reversed() + [3, 4], settings) == inOrder)
        var lossy = settings
        try lossy.apply(DatedJSON.decode(RelayChange.self, from: #"{"forward": {"loss": 0.4}}"#.utf8))
        let some = try pass(Array(0..<20), lossy)
        #expect((1...19).contains(some.count) && some.allSatisfy { inOrder[$0] == $1 })
    }

    /// The echo of a packet's end lies at the beginning of the next one.
    @Test func anEchoCrossesPackets() throws {
        let settings = try settings(#"{"delay_line": "hills", "delay_spread_ns": 5000}"#)
        let (both, one) = (try pass([0, 1], settings), try pass([1], settings))
        let time = try packet(1).timestamp
        let (with, without) = (try #require(both[time]), try #require(one[time]))
        #expect(with[..<30] != without[..<30] && with[30...] == without[30...])
    }

    /// Whoever invents streams takes a bounded place, and spoils no other's echoes at once.
    @Test func historiesAreBounded() throws {
        var hop = NoisyHop<ImpairedChannel, Int>(
            channel: try settings(#"{"delay_line": "hills", "delay_spread_ns": 5000}"#).channelModel,
            sampleRate: 1_000_000
        )
        for stream in 0..<300 as Range<UInt32> {
            let datagram = DIFIDataPacket(
                streamID: stream,
                count: 0,
                timestamp: .init(seconds: stream),
                samples: [1, 2, 3, 4]
            ).serialized()
            guard case .waits(let placed) = hop.enter(datagram, from: 1) else { throw SettingsTestError() }
            #expect(hop.leaves(placed).count == datagram.count)
        }
        #expect(hop.counters.packets == 300)
    }
}

private struct SettingsTestError: Error {}

extension NoisyHop {
    /// The datagram as the receiver gets it, without waiting for others.
    mutating func pass(_ datagram: [UInt8], from source: Source) -> [UInt8] {
        switch enter(datagram, from: source) {
        case .passed(let bytes): bytes
        case .waits(let placed): leaves(placed)
        }
    }
}
