import Foundation
import Logging
import ServiceKit
import ServiceLifecycle
import TestSupport
import Testing

@testable import Relay

struct RelayDaemonTests {
    @Test func forwardsBothWaysAndKeepsTransmittersApart() async throws {
        let directory = try TemporaryDirectory()
        let any = try #require(Endpoint("127.0.0.1:0"))
        let receiver = try await DatagramSocket.bind(any)
        let text = """
            listen = "127.0.0.1:0"
            peer = "127.0.0.1:\(receiver.port)"
            ready_file = "\(directory.path)/ready"
            """
        let relay = RelayDaemon(try ConfigurationFile.decode(RelayConfiguration.self, text: text, path: "test"))
        let group = ServiceGroup(services: [relay], logger: Logger(label: "test"))
        let running = Task { try await group.run() }
        while !FileManager.default.fileExists(atPath: directory.path + "/ready") {
            try await Task.sleep(for: .milliseconds(5))
        }
        let ready: Daemon.Ready = try ControlJSON.decode(from: AtomicFile.read(directory.path + "/ready"))
        let front = try #require(Endpoint("127.0.0.1:\(ready.udpPort)")).resolve()

        var arriving = receiver.datagrams.makeAsyncIterator()
        let transmitters = [try await DatagramSocket.bind(any), try await DatagramSocket.bind(any)]
        for (number, transmitter) in transmitters.enumerated() {
            transmitter.send([UInt8(number)], to: front)
            let arrived = try #require(await arriving.next())
            #expect(arrived.bytes == [UInt8(number)])
            receiver.send([UInt8(100 + number)], to: arrived.source)
            var back = transmitter.datagrams.makeAsyncIterator()
            #expect(await back.next()?.bytes == [UInt8(100 + number)])
        }
        #expect(await relay.counters.untouched == 2)
        #expect(await relay.counters.returned == 2)
        await group.triggerGracefulShutdown()
        try await running.value
        await receiver.close()
        for transmitter in transmitters { await transmitter.close() }
    }

    @Test(arguments: [
        ("snr_db = 120", "snr_db"), ("seed = -1", "seed"), ("sample_rate = 10", "sample_rate"), ("snr = 12", "snr"),
    ])
    func refusesWrongConfiguration(line: String, key: String) {
        let text = "listen = \"127.0.0.1:0\"\npeer = \"127.0.0.1:1\"\n\(line)\n"
        do {
            _ = try ConfigurationFile.decode(RelayConfiguration.self, text: text, path: "test")
            Issue.record("\(line) was taken")
        } catch {
            #expect("\(error)".contains(key))
        }
    }
}
