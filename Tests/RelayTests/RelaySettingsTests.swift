import Basics
import ControlAPI
import ServiceKit
import Testing

@testable import Relay

struct RelaySettingsTests {
    private func change(_ json: String) throws -> RelayChange {
        try DatedJSON.decode(RelayChange.self, from: json.utf8)
    }

    @Test func changesWhatIsNamedAndNothingElse() throws {
        var settings = RelaySettings(snrDecibels: 12, seed: 4)
        try settings.apply(change(#"{"forward": {"loss": 0.25, "delay_ms": 20}}"#))
        try settings.apply(change(#"{"snr_db": 3, "back": {"loss": 1}}"#))
        #expect(settings.snrDecibels == 3)
        #expect(settings.seed == 4)
        #expect(settings.forward.loss == 0.25)
        #expect(settings.forward.delayMilliseconds == 20)
        #expect(settings.back.loss == 1)
        #expect(settings.back.delayMilliseconds == 0)
    }

    @Test(arguments: [
        (#"{"snr_db": 101}"#, "snr_db"), (#"{"forward": {"loss": 1.5}}"#, "loss"),
        (#"{"back": {"delay_ms": -1}}"#, "back: delay_ms"), (#"{"forward": {"los": 1}}"#, "los"),
        (#"{"snr_db": 3, "forward": {"rate_kbps": 1e300}}"#, "rate_kbps"),
    ])
    func refusesAllOfAChangeThatIsWrong(json: String, word: String) throws {
        let before = RelaySettings(snrDecibels: 12, seed: 4)
        var settings = before
        #expect { try settings.apply(change(json)) } throws: { "\($0)".contains(word) }
        #expect(settings == before)
    }

    @Test(arguments: [#"{"snr": 3}"#, "[]", "3", #"{"forward": 3}"#, #"{"seed": -1}"#, #"{"back": {"loss": "x"}}"#, ""])
    func refusesWhatIsNoChange(json: String) {
        #expect(throws: DecodingError.self) { try change(json) }
    }

    @Test func aProfileSetsAllFaultsAndKeepsAnSNRItDoesNotName() throws {
        var settings = RelaySettings(snrDecibels: 12, seed: 4)
        try settings.apply(change(#"{"forward": {"loss": 0.25}, "back": {"loss": 0.5}}"#))
        #expect(settings.profile == nil)
        var back = PacketFaults()
        back.duplicate = 0.1
        settings.apply(LinkProfile(back: back), named: "a")
        #expect(settings.profile == "a")
        #expect(settings.snrDecibels == 12)
        #expect(settings.forward == PacketFaults())
        #expect(settings.back == back)
        settings.apply(LinkProfile(snrDecibels: 2), named: "b")
        #expect(settings.snrDecibels == 2)
        try settings.apply(change(#"{"snr_db": 2}"#))
        #expect(settings.profile == "b")
        try settings.apply(change(#"{"snr_db": 2.5}"#))
        #expect(settings.profile == nil)
    }

    @Test func faultsSurviveJSONAndEverySettingIsInIt() throws {
        var faults = PacketFaults()
        for (number, setting) in PacketFaults.settings.enumerated() {
            let (low, high) = (setting.range.lowerBound, setting.range.upperBound)
            faults[keyPath: setting.path] = low + (high - low) / Double(number + 2)
        }
        #expect(faults.complaint == nil)
        let bytes = try DatedJSON.encode(faults)
        #expect(try DatedJSON.decode(PacketFaults.self, from: bytes) == faults)
        let values = try DatedJSON.decode([String: Double].self, from: bytes)
        #expect(values.keys.sorted() == PacketFaults.settings.map(\.name).sorted())
        #expect(Mirror(reflecting: faults).children.count == PacketFaults.settings.count)
        #expect(PacketFaults().summary == "none")
        faults = PacketFaults()
        faults.loss = 0.5
        faults.delayMilliseconds = 20
        #expect(faults.summary == "loss 0.5, delay_ms 20")
    }
}
