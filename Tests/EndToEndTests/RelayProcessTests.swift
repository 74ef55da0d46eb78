import Basics
import ControlAPI
import Foundation
import ServiceKit
import TestSupport
import Testing
import Wire

/// The real snr-relay and the real txctl as processes; no models.
struct RelayProcessTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func launch(
        _ name: String,
        peer: Int,
        _ arguments: String...,
        more lines: String = "",
        preparation: String? = nil
    ) async throws -> (relay: Program, port: Int) {
        let path = directory.path
        let text = """
            listen = "127.0.0.1:0"
            peer = "127.0.0.1:\(peer)"
            control_socket = "\(path)/\(name).sock"
            ready_file = "\(path)/\(name).ready"
            profile = "lossy"
            [profiles.lossy]
            forward = { loss = 0.2, reorder = 0.2, reorder_ms = 30, duplicate = 0.2 }
            back = { duplicate = 1 }
            [profiles.clean]
            \(lines)
            """
        try AtomicFile.write(Array(text.utf8), to: "\(path)/\(name).toml")
        let relay = try Program(
            "snr-relay",
            ["--config", "\(path)/\(name).toml"] + arguments,
            log: "\(path)/\(name).log",
            preparation: preparation
        )
        try await eventually("\(name) is ready") {
            guard relay.isRunning else { throw Program.Complaint(description: "\(name) ended: \(relay.log)") }
            return FileManager.default.fileExists(atPath: "\(path)/\(name).ready")
        }
        let ready = try AtomicFile.read("\(path)/\(name).ready")
        return (relay, try #require(DatedJSON.decode(Daemon.Ready.self, from: ready).udpPort))
    }

    private func txctl(_ name: String, _ arguments: String...) async throws -> (status: Int32, output: String) {
        try await Program.run(
            "txctl",
            ["relay"] + arguments + ["--socket", "\(directory.path)/\(name).sock"],
            in: directory.path
        )
    }

    private func status(_ name: String) async throws -> RelayStatus {
        let (status, output) = try await txctl(name, "status", "--json")
        guard status == 0 else { throw Program.Complaint(description: "txctl: \(output)") }
        return try DatedJSON.decode(RelayStatus.self, from: output.utf8)
    }

    /// Waits until a relay has got so many packets and holds none.
    private func settled(_ name: String, received: Int) async throws -> RelayStatus {
        while true {
            let status = try await status(name)
            if status.forward.received >= received, status.queue.packets == 0 { return status }
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func twoRelaysInARowLoseDoubleAndReorderAsTheirSeedsSay() async throws {
        let any = try #require(Endpoint("127.0.0.1:0"))
        func run() async throws -> [[UInt8]] {
            let receiver = try await DatagramSocket.bind(any)
            let transmitter = try await DatagramSocket.bind(any)
            let (far, farPort) = try await launch("far", peer: receiver.port, "--seed", "2", "--profile", "clean")
            let (near, nearPort) = try await launch("near", peer: farPort, "--seed", "1")
            let front = try #require(Endpoint("127.0.0.1:\(nearPort)")?.literal)
            for number in 0..<200 { try transmitter.send([UInt8(number), 1, 2], to: front) }
            let first = try await settled("near", received: 200)
            let forwarded = first.forward.fates[.forwarded, default: 0]
            #expect(first.forward.fates[.lost, default: 0] > 10)
            #expect(first.forward.fates[.duplicated, default: 0] > 10)
            #expect(first.forward.fates[.heldBack, default: 0] > 10)
            let second = try await settled("far", received: forwarded)
            #expect(second.forward.fates == [.forwarded: forwarded])

            var arrived: [DatagramSocket.Datagram] = []
            var arriving = receiver.datagrams.makeAsyncIterator()
            while arrived.count < forwarded, let next = await arriving.next() { arrived.append(next) }
            #expect(arrived.map(\.bytes[0]) != arrived.map(\.bytes[0]).sorted())

            // A report comes back through both; the near one doubles it.
            try receiver.send([9], to: #require(arrived.first?.source))
            var back = transmitter.datagrams.makeAsyncIterator()
            #expect(await back.next()?.bytes == [9])
            #expect(await back.next()?.bytes == [9])
            for relay in [near, far] {
                relay.signal(SIGTERM)
                #expect(try await relay.end() == 0, "\(relay.log)")
            }
            for name in ["near", "far"] {
                for file in ["\(name).sock", "\(name).ready"] {
                    #expect(!FileManager.default.fileExists(atPath: "\(directory.path)/\(file)"))
                }
            }
            await receiver.close()
            await transmitter.close()
            return arrived.map(\.bytes).sorted { $0[0] < $1[0] }
        }
        let once = try await run()
        let again = try await run()
        #expect(again == once)
    }

    @Test(.timeLimit(.minutes(5)))
    func txctlChangesARunningRelay() async throws {
        let any = try #require(Endpoint("127.0.0.1:0"))
        let receiver = try await DatagramSocket.bind(any)
        let transmitter = try await DatagramSocket.bind(any)
        let (relay, port) = try await launch("near", peer: receiver.port, "--snr-db", "-7")
        #expect(try await status("near").snrDecibels == -7)
        #expect(try await txctl("near", "set", "--snr-db", "-3", "--loss", "1", "--rate", "64").status == 0)
        var now = try await status("near")
        #expect(now.snrDecibels == -3 && now.forward.faults.loss == 1 && now.forward.faults.rateKilobits == 64)
        #expect(now.back.faults.duplicate == 1 && now.back.faults.loss == 0)
        try transmitter.send([1], to: #require(Endpoint("127.0.0.1:\(port)")?.literal))
        #expect(try await settled("near", received: 1).forward.fates == [.lost: 1])

        #expect(try await txctl("near", "set", "--direction", "both", "--delay-ms", "5", "--seed", "3").status == 0)
        now = try await status("near")
        #expect(now.seed == 3)
        #expect(now.forward.faults.delayMilliseconds == 5 && now.back.faults.delayMilliseconds == 5)

        let profile = try await txctl("near", "profile", "lossy")
        #expect(profile.status == 0 && profile.output.contains("lossy") && profile.output.contains("loss 0.2"))
        let list = try await txctl("near", "profile")
        #expect(list.output.contains("clean") && list.output.contains("duplicate 1"))

        let wrong = try await txctl("near", "set", "--loss", "7")
        #expect(wrong.status == 2 && wrong.output.contains("loss must be 0 to 1"))
        #expect(try await txctl("near", "profile", "sunny").status == 2)
        #expect(try await txctl("near", "set").status == 2)
        let absent = try await txctl("elsewhere", "status")
        #expect(absent.status == 3 && absent.output.contains("snr-relay --config"))
        relay.signal(SIGTERM)
        #expect(try await relay.end() == 0)
        await receiver.close()
        await transmitter.close()
    }

    @Test(.timeLimit(.minutes(5)))
    func readsItsProfilesAgainOnSIGHUP() async throws {
        let (relay, _) = try await launch("near", peer: 9, "--profile", "clean", "--snr-db", "7")
        #expect(try await txctl("near", "set", "--loss", "1").status == 0)
        let file = "\(directory.path)/near.toml"
        let text = String(decoding: try AtomicFile.read(file), as: UTF8.self)
        try AtomicFile.write(Array("\(text)\nforward = { delay_ms = 3 }\n[profiles.new]\n".utf8), to: file)
        relay.signal(SIGHUP)
        var now = try await status("near")
        while !now.profiles.contains("new") { now = try await status("near") }
        #expect(now.profile == "clean" && now.snrDecibels == 7)
        #expect(now.forward.faults.delayMilliseconds == 3 && now.forward.faults.loss == 0)
        try AtomicFile.write(Array("\(text)\nforward = { loss = 2 }\n".utf8), to: file)
        relay.signal(SIGHUP)
        try await eventually("the complaint") { relay.log.contains("loss must be 0 to 1") }
        #expect(try await status("near").forward.faults == now.forward.faults)
        relay.signal(SIGTERM)
        #expect(try await relay.end() == 0)
    }

    /// Files that may not grow stand in for a full disk: the recording ends, is complete in itself, and nothing else
    /// takes notice.
    @Test(.timeLimit(.minutes(5)))
    func aDiskThatRefusesEndsTheRecordingAndNotTheForwarding() async throws {
        let any = try #require(Endpoint("127.0.0.1:0"))
        let receiver = try await DatagramSocket.bind(any)
        let transmitter = try await DatagramSocket.bind(any)
        let recordings = directory.path + "/recordings"
        let (relay, port) = try await launch(
            "near",
            peer: receiver.port,
            "--profile",
            "clean",
            more: "[recording]\ndirectory = \"\(recordings)\"\ntaps = [\"before\"]",
            preparation: "ulimit -f 64; trap '' XFSZ"
        )
        let front = try #require(Endpoint("127.0.0.1:\(port)")?.literal)
        // 64 blocks hold no more than 64 KiB; these are 125 KiB of samples, with a gap after every second packet.
        for number in 0..<400 {
            let first = UInt64(number * 80 + number / 2 * 80)
            let packet = DIFIDataPacket(
                streamID: 1,
                count: 0,
                timestamp: .ofSample(first, rate: 1_000_000, startSecond: 1_795_000_000),
                samples: [Int16](repeating: Int16(number), count: 160)
            )
            try transmitter.send(packet.serialized(), to: front)
        }
        let status = try await settled("near", received: 400)
        #expect(status.forward.fates == [.forwarded: 400])
        try await eventually("the recording ends") { relay.log.contains("recorded") }
        let recording = try #require(try await self.status("near").recordings.first)
        #expect(recording.state == .failed)
        #expect(relay.log.contains("forwarding goes on"))
        try transmitter.send([1], to: front)
        #expect(try await settled("near", received: 401).forward.fates == [.forwarded: 401])
        relay.signal(SIGTERM)
        #expect(try await relay.end() == 0)

        let data = try AtomicFile.read(recording.path + ".sigmf-data")
        #expect(data.count == recording.bytes && data.count > 8000 && data.count.isMultiple(of: 4))
        let text = String(decoding: try AtomicFile.read(recording.path + ".sigmf-meta"), as: UTF8.self)
        let segments = text.components(separatedBy: "core:sample_start").count - 1
        #expect(segments == (data.count / 4 + 159) / 160)
        await receiver.close()
        await transmitter.close()
    }
}
