import Basics
import ControlAPI
import Foundation
import Imaging
import ServiceKit
import TestSupport
import Testing

/// Both daemons with `codec = "external"`, and the codec of NumPy alone, which comes and goes.
struct ExternalCodecLinkTests {
    private static let cells = "Scripts/codecs/numpy_codec.py"

    private func arrives(_ id: String, over link: Link) async throws {
        let (status, output) = try await link.txctl("watch", id)
        #expect(status == 0, "\(output)")
        let record = try link.record(id)
        #expect(record.state == .acknowledged && record.trouble == nil)
        #expect(record.signal?.reals == 512 && record.signal?.mode == nil)
        let sent = try PictureFile.read(path: "\(link.path)/spool/\(id)/aligned.png")
        let received = try PictureFile.read(path: "\(link.path)/received/\(id)/picture.png")
        #expect(received.width == 128)
        #expect(received.psnr(against: sent.resizedArea(width: 128, height: 128)) > 15)
    }

    private func troubles(of link: Link) async throws -> [String] {
        let status: TransmitterStatus = try await ControlClient(socket: link.socket).ask(.GET, "/v1/status")
        return status.troubles
    }

    @Test(.timeLimit(.minutes(30)))
    func aProcessThatComesAndGoesLosesNoTransfer() async throws {
        let link = try Link(codec: "external")
        // Nobody is there yet: the daemons stand, and transfers wait.
        try await link.start()
        let first = try await link.submit()
        try await eventually("the transfer waits") {
            try link.record(first).trouble?.contains("no codec process") == true
        }
        #expect(try link.record(first).state == .editing)
        while try await !troubles(of: link).contains(where: { $0.hasPrefix("codec: no codec process") }) {
            try await Task.sleep(for: .milliseconds(50))
        }
        var script = try await CodecScript(Self.cells, socket: link.codecSocket)
        try await arrives(first, over: link)
        while try await !troubles(of: link).isEmpty { try await Task.sleep(for: .milliseconds(50)) }

        // It dies when the code is on the air, before it is drawn.
        link.relay?.signal(SIGSTOP)
        let second = try await link.submit()
        try await eventually("sending") { try link.record(second).state == .sending }
        try await script.end()
        link.relay?.signal(SIGCONT)
        // The file has it with the next event only.
        let client = ControlClient(socket: link.socket)
        var record: TransferRecord = try await client.ask(.GET, "/v1/transfers/\(second)")
        while record.trouble?.contains("the receiver failed: no codec process") != true {
            try await Task.sleep(for: .milliseconds(50))
            record = try await client.ask(.GET, "/v1/transfers/\(second)")
        }
        script = try await CodecScript(Self.cells, socket: link.codecSocket)
        try await arrives(second, over: link)
        #expect(try link.received() == [first, second])
        #expect(try await link.stop() == [0, 0, 0])
        try await script.end()
    }

    @Test(arguments: ["tx-daemon", "rx-daemon"])
    func anUnknownCodecIsRefusedWithTheListOfNames(daemon: String) async throws {
        let temporary = try TemporaryDirectory()
        let text = try AtomicFile.read("\(Link.root)/Config/\(daemon).toml")
        let file = temporary.path + "/wrong.toml"
        try AtomicFile.write(Array("codec = \"jpeg2000\"\n".utf8) + text, to: file)
        let (status, output) = try await Program.run(daemon, ["--config", file, "--check-config"], in: temporary.path)
        #expect(status == 78)
        #expect(output.contains("\"editable-deepsc\"") && output.contains("\"external\""))
    }
}
