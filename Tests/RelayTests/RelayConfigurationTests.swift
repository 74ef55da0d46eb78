import Channel
import ControlAPI
import Foundation
import ServiceKit
import Testing

@testable import Relay

struct RelayConfigurationTests {
    private func load(_ lines: String) throws -> RelayConfiguration {
        let text = "listen = \"127.0.0.1:0\"\npeer = \"127.0.0.1:1\"\n\(lines)\n"
        return try ConfigurationFile.decode(RelayConfiguration.self, text: text, path: "test")
    }

    @Test func profilesOfTheFile() throws {
        var configuration = try load(
            """
            snr_db = 12
            profile = "bad-day"
            [profiles.clean]
            [profiles.bad-day]
            description = "rain"
            snr_db = 3
            forward = { loss = 0.2, delay_ms = 20, burst_enter = 0.02, burst_leave = 0.5 }
            [profiles.bad-day.back]
            duplicate = 1
            """
        )
        #expect(configuration.settings.profile == "bad-day")
        #expect(configuration.settings.snrDecibels == 3)
        #expect(configuration.settings.forward.loss == 0.2)
        #expect(configuration.settings.forward.delayMilliseconds == 20)
        #expect(configuration.settings.back.duplicate == 1)
        configuration.snrOverride = 30
        #expect(configuration.settings.snrDecibels == 30)
        #expect(configuration.settings.profile == "bad-day")
        configuration.profile = "clean"
        configuration.snrOverride = nil
        #expect(configuration.settings.snrDecibels == 12)
        #expect(configuration.settings.forward == PacketFaults())
        configuration.profile = "sunny"
        #expect(configuration.complaint?.contains("bad-day, clean") == true)
        configuration.profile = nil
        configuration.snrOverride = 101
        #expect(configuration.complaint?.contains("snr_db") == true)
    }

    @Test(arguments: [
        ("snr_db = 120", "snr_db"), ("seed = -1", "seed"), ("sample_rate = 10", "sample_rate"), ("snr = 12", "snr"),
        ("profile = \"x\"", "profile"), ("[profiles.a]\nforward = { loss = 2 }", "profiles.a: forward: loss"),
        ("[profiles.a]\nback = { jitter_ms = -1 }", "profiles.a: back: jitter_ms"),
        ("[profiles.a]\nforward = { los = 0.5 }", "los"), ("[profiles.a]\nfoward = { loss = 0.5 }", "foward"),
        ("[profiles.a]\nsnr_db = -61", "profiles.a: snr_db"), ("[profiles.\"a b\"]", "letters"),
        ("[profiles.a]\nforward = { loss = \"much\" }", "loss"),
        ("[profiles.a]\nchannel = { fading = \"rice\" }", "fading"),
        ("[profiles.a]\nchannel = { cfo_hz = 1e9 }", "profiles.a: channel: cfo_hz"),
        ("[profiles.a]\nchannel = { cfo = 1 }", "cfo"),
        ("[profiles.a]\nchannel = { delay_line = \"hills\" }", "profiles.a: channel: there is no delay_line"),
        ("[delay_lines]\nhills = \"/nowhere/hills.csv\"", "delay_lines.hills: "),
        ("[delay_lines]\nhills = \"/dev/null\"", "no regular file"),
        ("[limits]\nqueued_packets = 0", "queued_packets"), ("[limits]\nqueued_bytes = 1", "queued_bytes"),
        ("[monitoring]\nlisten = \"0.0.0.0:9466\"", "[monitoring]"),
        ("[recording]\ntaps = [\"before\"]", "directory"),
        ("[recording]\ndirectory = \"x\"\ntaps = [\"middle\"]", "taps"),
        ("[recording]\ndirectory = \"x\"\ntaps = []", "taps"),
        ("[recording]\ndirectory = \"x\"\nrecord_bytes = 1", "record_bytes"),
    ])
    func refusesWrongConfiguration(lines: String, words: String) {
        #expect { try load(lines) } throws: { "\($0)".contains(words) }
    }

    /// Every shipped profile can be loaded, and the tables are where the configuration says.
    @Test func theShippedConfigurationIsRight() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let text = try String(contentsOfFile: folder + "/Config/snr-relay.toml", encoding: .utf8)
            .replacing("\"Config/", with: "\"\(folder)/Config/")
        let configuration = try ConfigurationFile.decode(RelayConfiguration.self, text: text, path: "test")
        #expect(configuration.delayLines.compactMapValues(\.line).keys.sorted() == ["tdl-a", "tdl-d"])
        for (name, profile) in configuration.profiles {
            var settings = configuration.settings
            settings.apply(profile, named: name)
            #expect(settings.channel == profile.channel)
        }
        #expect(configuration.profiles["radio"]?.channel.fading == .rician)
    }

    /// The delay spread of 3GPP's tables is 1.
    @Test(arguments: ["tdl-a", "tdl-d"])
    func theTablesOf3GPPAreNormalised(name: String) throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let line = try DelayLine(
            parsing: String(contentsOfFile: "\(folder)/Config/delay-lines/\(name).csv", encoding: .utf8)
        )
        let mean = line.taps.reduce(0) { $0 + $1.power * $1.delay }
        let variance = line.taps.reduce(0) { $0 + $1.power * ($1.delay - mean) * ($1.delay - mean) }
        #expect(abs(variance.squareRoot() - 1) < 0.01)
    }
}
