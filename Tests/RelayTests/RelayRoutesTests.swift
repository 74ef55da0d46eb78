import Basics
import ControlAPI
import NIOHTTP1
import ServiceKit
import Testing

@testable import Relay

struct RelayRoutesTests {
    private static let profiles = """
        profile = "clean"
        [profiles.clean]
        [profiles.bursty]
        snr_db = 9
        forward = { burst_enter = 0.02, burst_leave = 0.25 }
        """

    private func withRelay(_ body: (ControlClient, RunningRelay) async throws -> Void) async throws {
        let receiver = try await testSocket()
        let relay = try await RunningRelay(peer: receiver.port, Self.profiles)
        try await body(ControlClient(socket: relay.controlSocket, daemon: "snr-relay"), relay)
        try await relay.stop()
        await receiver.close()
    }

    @Test func changesWhileItRuns() async throws {
        try await withRelay { client, relay in
            var status: RelayStatus = try await client.ask(.GET, "/v1/relay")
            #expect(status.profile == "clean")
            #expect(status.profiles == ["bursty", "clean"])
            #expect(status.snrDecibels == 12)
            #expect(status.forward.faults == PacketFaults())

            status = try await client.ask(.POST, "/v1/relay/profiles/bursty")
            #expect(status.profile == "bursty")
            #expect(status.snrDecibels == 9)
            #expect(status.forward.faults.burstEnter == 0.02)

            var change = RelayChange()
            change.snrDecibels = 3
            change.forward = ["loss": 1]
            status = try await client.ask(.PATCH, "/v1/relay", body: DatedJSON.encode(change))
            #expect(status.profile == nil)
            #expect(status.snrDecibels == 3)
            #expect(status.forward.faults.loss == 1)
            #expect(status.forward.faults.burstEnter == 0.02)

            let transmitter = try await testSocket()
            try transmitter.send([1], to: relay.front)
            #expect(try await relay.settled(received: 1).forward.fates == [.lost: 1])
            await transmitter.close()
        }
    }

    @Test func listsProfiles() async throws {
        try await withRelay { client, _ in
            let list: LinkProfileList = try await client.ask(.GET, "/v1/relay/profiles")
            #expect(list.profiles.keys.sorted() == ["bursty", "clean"])
            #expect(list.profiles["bursty"]?.forward.burstLeave == 0.25)
        }
    }

    @Test(arguments: [
        ("PATCH", "/v1/relay", #"{"forward": {"loss": 2}}"#, "loss"),
        ("PATCH", "/v1/relay", #"{"snr": 2}"#, "unknown key"), ("PATCH", "/v1/relay", "no JSON", "snr_db"),
        ("PATCH", "/v1/relay", "", "snr_db"), ("PATCH", "/v1/relay", #"{"seed": -4}"#, "snr_db"),
        ("PATCH", "/v1/relay", String(repeating: " ", count: 70_000), "larger"),
        ("POST", "/v1/relay/profiles/nowhere", "", "bursty, clean"),
    ])
    func refusesNonsenseAndStaysAsItIs(method: String, path: String, body: String, words: String) async throws {
        try await withRelay { client, relay in
            let before = await relay.daemon.status
            await #expect {
                try await client.bytes(HTTPMethod(rawValue: method), path, body: Array(body.utf8))
            } throws: { error in
                guard let error = error as? ControlClientError, case .refused(status: 400..<500) = error.cause else {
                    return false
                }
                return error.description.contains(words)
            }
            #expect(await relay.daemon.status == before)
        }
    }

    @Test func anotherRelayCannotTakeTheSocket() async throws {
        try await withRelay { client, relay in
            await #expect(throws: ControlSocketError.inUse(path: relay.controlSocket)) {
                let text = """
                    listen = "127.0.0.1:0"
                    peer = "127.0.0.1:9"
                    control_socket = "\(relay.controlSocket)"
                    """
                let second = try ConfigurationFile.decode(RelayConfiguration.self, text: text, path: "test")
                try await RelayDaemon(second).run()
            }
            let _: RelayStatus = try await client.ask(.GET, "/v1/relay")
        }
    }
}
