import ControlAPI
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
}
