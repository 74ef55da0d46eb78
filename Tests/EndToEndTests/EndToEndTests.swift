import Basics
import ControlAPI
import Foundation
import Imaging
import ServiceKit
import TestSupport
import Testing

/// The real programs with the real models: `make test` installs both first.
@Suite(.serialized) struct EndToEndTests {
    /// Sends the portrait over a link that is up, and returns the transfer's id and the pictures sent and received.
    private func deliver(
        over link: Link,
        mode: String
    ) async throws -> (id: String, sent: [UInt8], received: [UInt8]) {
        let (status, output) = try await link.txctl(
            "submit",
            Link.photo,
            "she should not smile",
            "--wait",
            "--mode",
            mode,
            "--output",
            link.path + "/sent.png"
        )
        #expect(status == 0, "\(output)")
        let id = try #require(try link.received().first)
        let received = try AtomicFile.read("\(link.path)/received/\(id)/picture.png")
        return (id, try AtomicFile.read(link.path + "/sent.png"), received)
    }

    /// Sends the portrait over a fresh link and returns the pictures sent and received.
    private func deliver(snrDecibels: Double, seed: Int) async throws -> (sent: [UInt8], received: [UInt8]) {
        let link = try Link(snrDecibels: snrDecibels, seed: seed, inversionSteps: 1)
        try await link.start()
        let (id, sent, received) = try await deliver(over: link, mode: "linear")
        #expect(try link.received().count == 1)
        let record = try link.record(id)
        #expect(record.state == .acknowledged)
        #expect(abs((record.reception?.snrDecibels ?? 0) - snrDecibels) < 3)
        #expect(record.reception?.erasures == 0)
        #expect(try await link.stop() == [0, 0, 0])
        #expect(!FileManager.default.fileExists(atPath: link.socket))
        return (sent, received)
    }

    @Test(.timeLimit(.minutes(30)))
    func thePictureArrivesAndTheNoiseIsSeeded() async throws {
        let first = try await deliver(snrDecibels: 30, seed: 1)
        let sent = try PictureFile.decode(first.sent)
        let received = try PictureFile.decode(first.received)
        #expect(received.width == 1024)
        #expect(received.psnr(against: sent) >= 30)
        let same = try await deliver(snrDecibels: 30, seed: 1)
        #expect(isSame(same.sent, first.sent))
        #expect(isSame(same.received, first.received))
        let other = try await deliver(snrDecibels: 30, seed: 2)
        #expect(isSame(other.sent, first.sent))
        #expect(!isSame(other.received, first.received))
        let noisy = try await deliver(snrDecibels: 0, seed: 1)
        #expect(try PictureFile.decode(noisy.received).psnr(against: sent) < received.psnr(against: sent))
    }

    /// Sentence by sentence over the real daemons; the transmitter is killed between.
    @Test(.timeLimit(.minutes(30)))
    func aConversationArrivesSentenceBySentence() async throws {
        let link = try Link(snrDecibels: 20, inversionSteps: 1, sendsDrafts: true)
        try await link.start()
        let begun = try await link.txctl("chat", Link.photo, input: "she should not smile\nmake her look older\nundo\n")
        #expect(begun.status == 0, "\(begun.output)")
        #expect(begun.output.contains("smiling") && begun.output.contains("goes on with: txctl chat --session"))
        let one = try #require(try link.received().first)
        let first = try #require(try link.record(one).session)
        #expect(try link.received().count == 3)
        try await killTransmitter(of: link)
        try await link.startTransmitter()
        let again = try await link.txctl(
            "chat",
            "--session",
            String(first.prefix(8)),
            "--pictures",
            link.path + "/chat",
            input: "redo\nlist\n"
        )
        #expect(again.status == 0, "\(again.output)")
        #expect(again.output.contains("> 4  redo"))
        let ids = try link.received()
        #expect(ids.count == 4)
        let records = try ids.map { try link.record($0) }.sorted { $0.created < $1.created }
        #expect(records.allSatisfy { $0.state == .acknowledged && $0.session == first })
        #expect(records.contains { $0.draft != nil }, "no first picture was received in time")
        // What follows is sent as what it changes, of what the receiver has; after a restart too.
        #expect(records.map { $0.signal?.reals } == [512, 64, 64, 64])
        // What is done again is sent as it was, and so is what is gone back to: the same codes.
        let sent = try records.map { try AtomicFile.read("\(link.path)/spool/\($0.id)/edited.png") }
        #expect(isSame(sent[2], sent[0]) && isSame(sent[3], sent[1]) && !isSame(sent[1], sent[0]))
        #expect(isSame(try AtomicFile.read(link.path + "/chat/4.png"), sent[3]))
        // A sentence that is not understood ends what is read from a file, and takes nothing along.
        let refused = try await link.txctl("chat", "--session", first, input: "bake me a cake\nundo\n")
        #expect(refused.status == 2, "\(refused.output)")
        #expect(try link.received().count == 4)
        #expect(try await link.stop() == [0, 0, 0])
    }

    /// A fifth of all packets lost each way, copies and much reordering: every transfer arrives, once.
    @Test(.timeLimit(.minutes(30)))
    func aStormLosesNoTransfer() async throws {
        let link = try Link(
            snrDecibels: 12,
            inversionSteps: 3,
            relayLines: """
                profile = "storm"
                [profiles.storm]
                forward = { loss = 0.2, jitter_ms = 40, reorder = 0.2, reorder_ms = 60, duplicate = 0.1 }
                back = { loss = 0.2, jitter_ms = 40, duplicate = 0.5 }
                """
        )
        try await link.start()
        for count in 1...3 {
            let (status, output) = try await link.txctl("submit", Link.photo, "she should not smile", "--wait")
            #expect(status == 0, "\(output)")
            #expect(try link.received().count == count)
        }
        for id in try link.received() { #expect(try link.record(id).state == .acknowledged) }
        #expect(try await link.stop() == [0, 0, 0])
        let log = try #require(link.relay?.log)
        #expect(log.contains("lost") && log.contains("duplicated") && log.contains("held_back"))
    }

    /// Fading, a carrier that turns and wanders, clocks apart, bad mixers and converters: the picture is nearly the one sent.
    @Test(.timeLimit(.minutes(30)))
    func aRadioIsReceived() async throws {
        let link = try Link(
            snrDecibels: 25,
            inversionSteps: 3,
            relayLines: """
                profile = "radio"
                [profiles.radio.channel]
                fading = "rician"
                doppler_hz = 300
                cfo_hz = 2000
                clock_ppm = 10
                linewidth_hz = 10
                rx_iq_gain_db = 0.3
                rx_iq_phase_deg = 2
                dc_i = 0.2
                adc_bits = 10
                """
        )
        try await link.start()
        let (id, sentFile, receivedFile) = try await deliver(over: link, mode: "full")
        let (sent, received) = (try PictureFile.decode(sentFile), try PictureFile.decode(receivedFile))
        #expect(received.psnr(against: sent) >= 22)
        // The mean is 25 dB; the gain of one transmission is drawn.
        #expect(abs((try link.record(id).reception?.snrDecibels ?? 0) - 25) < 6)
        #expect(try await link.stop() == [0, 0, 0])
    }

    /// Half of the packets come later than the receiver puts a transmission together: erasures or a repeat, one picture.
    @Test(.timeLimit(.minutes(30)))
    func packetsLaterThanTheAssemblyCostNoTransfer() async throws {
        let link = try Link(
            snrDecibels: 12,
            inversionSteps: 1,
            relayLines: """
                profile = "late"
                [profiles.late]
                forward = { reorder = 0.5, reorder_ms = 2500 }
                """
        )
        try await link.start()
        let (status, output) = try await link.txctl("submit", Link.photo, "she should not smile", "--wait")
        #expect(status == 0, "\(output)")
        let id = try #require(try link.received().first)
        let record = try link.record(id)
        #expect(record.state == .acknowledged)
        #expect((record.reception?.erasures ?? 0) > 0 || (record.signal?.attempts ?? 0) > 1)
        // What is late comes now, and makes no second picture.
        try await Task.sleep(for: .seconds(3))
        #expect(try link.received() == [id])
        #expect(try await link.stop() == [0, 0, 0])
        #expect(try #require(link.relay?.log).contains("held_back"))
    }

    @Test(.timeLimit(.minutes(30)))
    func killedAtThreeStagesEveryTransferIsAcknowledgedOnce() async throws {
        let link = try Link(inversionSteps: 8)
        try await link.start()
        // Nothing gets through until the relay goes on; it keeps what is sent meanwhile.
        link.relay?.signal(SIGSTOP)
        let first = try await link.submit()
        let second = try await link.submit()
        try await eventually("inverting") { try link.record(first).state == .inverting }
        try await killTransmitter(of: link)
        #expect(try link.record(first).state == .inverting)
        #expect(try link.record(second).state == .queued)

        try await link.startTransmitter()
        try await eventually("sending") { try link.record(second).state == .sending }
        #expect(try link.record(first).state == .sending)
        try await killTransmitter(of: link)
        #expect(try link.record(second).state == .sending)

        try await link.startTransmitter()
        link.relay?.signal(SIGCONT)
        for id in [first, second] {
            let (status, output) = try await link.txctl("watch", id)
            #expect(status == 0, "\(output)")
            #expect(try link.record(id).state == .acknowledged)
        }
        #expect(try link.received() == [first, second])
        #expect(try await link.stop() == [0, 0, 0])
        for id in [first, second] {
            let drawn = link.receiver?.log.split(separator: "\n").count {
                $0.contains(id) && $0.contains("snr_db") && !$0.contains("a draft")
            }
            #expect(drawn == 1)
        }
    }

    private func killTransmitter(of link: Link) async throws {
        link.transmitter?.signal(SIGKILL)
        #expect(try await link.transmitter?.end() == -SIGKILL)
    }

    @Test(.timeLimit(.minutes(30)))
    func stopsInTheMiddleOfTheMathsAndGoesOnLater() async throws {
        let link = try Link(inversionSteps: 2000)
        try await link.start()
        let id = try await link.submit()
        try await eventually("inverting") { try link.record(id).state == .inverting }
        #expect(try await link.stop() == [0, 0, 0])
        #expect(try link.record(id).state == .inverting)
    }

    @Test(.timeLimit(.minutes(30)))
    func exitCodesSayWhatIsWrong() async throws {
        let link = try Link(inversionSteps: 2000)
        #expect(try await link.txctl("list").status == 3)
        try await link.start()
        let refused = try await link.txctl("submit", Link.photo, "bake me a chocolate cake")
        #expect(refused.status == 2, "\(refused.output)")
        let blank = Picture(width: 300, height: 300, pixels: [UInt8](repeating: 200, count: 300 * 300 * 3))
        try PictureFile.writePNG(blank, to: link.path + "/blank.png")
        let faceless = try await link.txctl("submit", link.path + "/blank.png", "she should not smile")
        #expect(faceless.status == 2)
        #expect(faceless.output.contains("no face"))
        #expect(try await link.txctl("status", UUID().uuidString.lowercased()).status == 2)

        let id = try await link.submit()
        let impatient = try await link.txctl("watch", id, "--timeout", "0.5")
        #expect(impatient.status == 5)
        #expect(try await link.txctl("cancel", id).status == 0)
        #expect(try await link.txctl("watch", id).status == 4)
        #expect(try await link.txctl("cancel", id).status == 2)
        let list = try await link.txctl("list")
        #expect(list.status == 0)
        #expect(list.output.contains(id) && list.output.contains("cancelled"))
        #expect(try await link.stop() == [0, 0, 0])
    }

    @Test func shippedConfigurationsHaveNoComplaints() async throws {
        let temporary = try TemporaryDirectory()
        let directory = temporary.path
        for name in ["tx-daemon", "rx-daemon", "snr-relay"] {
            let arguments = ["--config", "\(Link.root)/Config/\(name).toml", "--check-config"]
            let good = try await Program.run(name, arguments, in: directory)
            #expect(good.status == 0, "\(good.output)")
            let wrong = directory + "/wrong.toml"
            let text = try AtomicFile.read(arguments[1])
            try AtomicFile.write(Array("colour = 3\n".utf8) + text, to: wrong)
            let bad = try await Program.run(name, ["--config", wrong, "--check-config"], in: directory)
            #expect(bad.status == 78)
            #expect(bad.output.contains("colour") && bad.output.contains(":1:"))
        }
    }

    @Test func daemonsRefuseAKeyThatEverybodyCanRead() async throws {
        let link = try Link(inversionSteps: 3)
        chmod(link.path + "/key", 0o644)
        await #expect { try await link.start() } throws: { "\($0)".contains("chmod 600") }
    }

    /// A drawn face moves; the real programs bring it over as it moves, and keep what was shown.
    @Test(.timeLimit(.minutes(30)))
    func aStreamArrivesFrameByFrame() async throws {
        let link = try Link(snrDecibels: 20, inversionSteps: 6)
        try await link.start()
        let video = link.path + "/video"
        let drawn = try await Program.run(
            "modelctl",
            [
                "draw", "--models", Link.root + "/Models", "--frames", "25", "--seed", "21", "--resolution", "128",
                "--output", video,
            ],
            in: link.path
        )
        #expect(drawn.status == 0, "\(drawn.output)")
        // The first, and those that look least like it.
        for number in 1..<20 { try FileManager.default.removeItem(atPath: video + String(format: "/%04d.png", number)) }
        let sent = try await link.txctl("stream", video, "--aligned", "--fps", "0.5")
        #expect(sent.status == 0, "\(sent.output)")
        #expect(sent.output.contains("6 sent") && sent.output.contains("128 symbols on air"))
        let id = try #require(try link.received().first)
        let recording = "\(link.path)/received/streams/\(id).mjpeg"
        func shown() throws -> [[UInt8]] {
            var splitter = PictureSplitter()
            return try splitter.take((try? AtomicFile.read(recording)) ?? [])
        }
        try await eventually("all frames are shown") { try shown().count == 6 }
        let pictures = try shown().map { try PictureFile.decode($0) }
        let last = try PictureFile.decode(AtomicFile.read(video + "/0024.png"))
        // The last is nearer to its own frame than the key is, and no copy of the key.
        #expect(pictures[5].psnr(against: last) > pictures[0].psnr(against: last) + 1)
        #expect(pictures[5].psnr(against: pictures[0]) < 28)
        let nothing = try await link.txctl("stream", link.path + "/nothing")
        #expect(nothing.status == 2 && nothing.output.contains("name a folder"), "\(nothing.output)")
        let text = try await link.txctl("stream", "-", input: "no picture")
        #expect(text.status == 2 && text.output.contains("no sequence of pictures"), "\(text.output)")
        #expect(try await link.stop() == [0, 0, 0])
    }
}
