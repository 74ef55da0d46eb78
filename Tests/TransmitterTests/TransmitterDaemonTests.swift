import Basics
import ControlAPI
import Foundation
import Imaging
import Logging
import SemanticCoding
import ServiceKit
import ServiceLifecycle
import Synchronization
import Testing
import Wire

@testable import Transmitter
@testable import txctl

/// What becomes of transfers that were accepted, over restarts and troubles.
struct TransmitterDaemonTests: TransmitterSuite {
    let fixture: TransmitterFixture

    init() throws { fixture = try TransmitterFixture() }

    @Test func carriesATransferToItsAcknowledgement() async throws {
        let codec = QuickEditor()
        try await withDaemon(codec) { client in
            let accepted = try await submit(client)
            #expect(accepted.sentence == "she should smile")
            var states: [TransferState] = []
            try await client.watch(accepted.id) { states.append($0.state) }
            #expect(states.last == .acknowledged)
            let record: TransferRecord = try await client.ask(.GET, "/v1/transfers/\(accepted.id)")
            #expect(record.state == .acknowledged)
            #expect(record.inversion == .init(lpips: 0.25, mse: 0.5, steps: 3))
            #expect(record.edit?.degreeAfter == 0)
            #expect(record.signal?.symbols == 256)
            #expect(record.signal?.attempts == 1)
            #expect((record.signal?.sideInformationBits ?? 0) > 0)
            #expect(record.reception?.snrDecibels == 12.5)
            #expect(Set(record.seconds.keys) == ["aligning", "inverting", "editing", "sending"])
            for (stage, edge) in [("aligned", 8), ("inverted", 128), ("edited", 128)] {
                let bytes = try await client.bytes(.GET, "/v1/transfers/\(accepted.id)/pictures/\(stage)")
                #expect(try PictureFile.decode(bytes).width == edge)
            }
            let list: TransferList = try await client.ask(.GET, "/v1/transfers")
            #expect(list.transfers == [record])
        }
        #expect(codec.count("align") == 1)
    }

    /// Codes are made for what the receiver reported of the transfer before, and each transfer's mode is its own.
    @Test func codesAreMadeForTheChannelAsItWasLast() async throws {
        let codec = QuickEditor()
        try await withDaemon(codec) { client in
            func signal(_ more: String = "") async throws -> TransferRecord.Signal? {
                try await end(of: submit(client, more: more).id, client).signal
            }
            let first = try await signal()
            #expect(first?.mode == "full" && first?.designSNR == DesignSNR.first)
            // 12.5 dB, rounded down.
            let second = try await signal()
            #expect(second?.mode == "full" && second?.designSNR == 12)
            let third = try await signal("&mode=linear")
            #expect(third?.mode == "linear" && third?.designSNR == 12)
            await #expect(throws: ControlClientError.self) { try await signal("&mode=best") }
        }
        #expect(codec.count("match to 6 dB") == 1 && codec.count("match to 12 dB") == 1)
    }

    @Test func theChannelMayBeSaidToBeOneThing() async throws {
        let codec = QuickEditor()
        try await withDaemon(codec, link: "snr = -3") { client in
            for _ in 1...2 {
                let record = try await end(of: submit(client).id, client)
                #expect(record.signal?.designSNR == -3)
                #expect(record.reception?.quality == nil)
            }
        }
        #expect(codec.count("match to -3 dB") == 2)
        for text in ["snr = 31", "snr = \"best\"", "snr = 1.5"] {
            #expect(throws: ConfigurationError.self) { try configuration(peer: 1, link: text) }
        }
    }

    /// As when another part of the daemon failed: the process must end so that it can be started again.
    @Test(.timeLimit(.minutes(1))) func aDaemonThatIsCancelledDoesNotWaitForWhatIsOnTheAir() async throws {
        let receiver = try await TestReceiver(key: key) { _ in nil }
        await receiver.start()
        let maths = WorkThread(name: "maths")
        let daemon = try TestDaemon(
            configuration: try configuration(peer: receiver.socket.port),
            codec: QuickEditor(),
            keys: KeyRing([.init(name: "receiver", keys: [key])]),
            maths: maths
        )
        let group = ServiceGroup(services: [daemon], logger: Logger(label: "test"))
        let running = Task { try await group.run() }
        while !FileManager.default.fileExists(atPath: directory.path + "/ready") {
            try await Task.sleep(for: .milliseconds(5))
        }
        let client = ControlClient(socket: directory.path + "/tx.sock")
        let accepted = try await submit(client)
        while await receiver.transmissions.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        running.cancel()
        _ = await running.result
        let spooled = "\(directory.path)/spool/\(accepted.id)/job.json"
        let record: TransferRecord = try ChecksummedJSON.decode(from: AtomicFile.read(spooled))
        #expect(record.state == .sending)
        await receiver.stop()
        maths.stop()
    }

    /// What the process before left behind when it crashed at a transfer.
    private func leaveCrash(at id: String) throws {
        try AtomicFile.write(Array(id.utf8), to: directory.path + "/spool/.at-work")
        try AtomicFile.write(Array("boot\n0\ncrashed\n".utf8), to: directory.path + "/spool/.crash")
    }

    @Test func aTransferThatCrashesTheDaemonTwiceIsLeft() async throws {
        let held = QuickEditor(holdsInversion: true)
        var (bad, good) = ("", "")
        try await withDaemon(held) { client in
            bad = try await submit(client).id
            try await client.watch(until: .inverting, of: bad)
            good = try await submit(client, photo: [4]).id
        }
        try leaveCrash(at: bad)
        try await withDaemon(held) { client in
            try await client.watch(until: .inverting, of: bad)
            let record: TransferRecord = try await client.ask(.GET, "/v1/transfers/\(bad)")
            #expect(record.crashes == 1)
        }
        try leaveCrash(at: bad)
        try await withDaemon(QuickEditor()) { client in
            let record = try await end(of: bad, client)
            #expect(record.state == .failed)
            #expect(record.failure?.code == "crashed")
            #expect(record.failure?.message.contains("crashed 2 times while it was inverting this") == true)
            #expect(try await end(of: good, client).state == .acknowledged)
        }
    }

    @Test func whoeverKillsTheDaemonHurtsNoTransfer() async throws {
        let held = QuickEditor(holdsInversion: true)
        var id = ""
        try await withDaemon(held) { client in
            id = try await submit(client).id
            try await client.watch(until: .inverting, of: id)
        }
        for _ in 0..<5 {
            // As SIGKILL leaves it: it was at work, and no crash was noted.
            try AtomicFile.write(Array(id.utf8), to: directory.path + "/spool/.at-work")
            try AtomicFile.write(Array("boot\n0\n".utf8), to: directory.path + "/spool/.crash")
            try await withDaemon(held) { client in try await client.watch(until: .inverting, of: id) }
        }
        try await withDaemon(QuickEditor()) { client in
            let record = try await end(of: id, client)
            #expect(record.state == .acknowledged)
            #expect(record.crashes == nil)
        }
    }

    @Test func codesMadeAnewWhileSendingAreAStageLikeAnyOther() async throws {
        var id = ""
        try await withDaemon(QuickEditor(), answer: { _ in nil }) { client in
            id = try await submit(client).id
            try await client.watch(until: .sending, of: id)
        }
        let other = QuickEditor(holdsInversion: true, kind: .w)
        try await withDaemon(other) { client in
            // It tells how far it is, …
            let notes = Mutex<[String]>([])
            let watching = Task { [id] in
                try await client.watch(id) { update in notes.withLock { $0.append(update.note) } }
            }
            while !notes.withLock({ $0.contains("half way") }) { try await Task.sleep(for: .milliseconds(5)) }
            // … lets others in meanwhile, and can be cancelled.
            let second = try await submit(client, photo: [5])
            let cancelled: TransferRecord = try await client.ask(.DELETE, "/v1/transfers/\(id)")
            #expect(cancelled.state == .cancelled)
            try await client.watch(until: .inverting, of: second.id)
            other.holdsInversion.store(false, ordering: .sequentiallyConsistent)
            #expect(try await end(of: second.id, client).state == .acknowledged)
            try await watching.value
        }
    }

    @Test func thePicturesLikenessIsInTheRecord() async throws {
        try await withDaemon(QuickEditor()) { client in
            let likeness = try #require(try await end(of: submit(client).id, client).likeness)
            #expect(likeness.cosine == 0.2 && likeness.lpips == 0.25)
            #expect(likeness.isPoor && likeness.verdict.contains("poor"))
        }
    }

    @Test func aPictureLessLikeThanAskedForIsNotSent() async throws {
        let codec = QuickEditor()
        try await withDaemon(codec) { client in
            for (least, state) in [("0.3", TransferState.failed), ("0.1", .acknowledged)] {
                let asked: TransferRecord = try await client.ask(
                    .POST,
                    "/v1/transfers?sentence=smile&least_likeness=\(least)",
                    body: [1, 2]
                )
                let record = try await end(of: asked.id, client)
                #expect(record.state == state && record.likeness?.cosine == 0.2)
                #expect((record.signal == nil) == (state == .failed))
                if state == .failed { #expect(record.failure?.code == "unlike") }
            }
            for wrong in ["2", "nan", "x"] {
                let (_, said) = try await refusal {
                    let _: TransferRecord = try await client.ask(
                        .POST,
                        "/v1/transfers?sentence=smile&least_likeness=\(wrong)",
                        body: [1, 2]
                    )
                }
                #expect(said.contains("least_likeness"))
            }
        }
        #expect(codec.count("edit") == 1)
    }

    @Test func cancellingStopsTheMathsAndLetsTheNextOneRun() async throws {
        let codec = QuickEditor(holdsInversion: true)
        try await withDaemon(codec) { client in
            let first = try await submit(client)
            let second = try await submit(client)
            try await client.watch(until: .inverting, of: first.id)
            let cancelled: TransferRecord = try await client.ask(.DELETE, "/v1/transfers/\(first.id)")
            #expect(cancelled.state == .cancelled)
            try await client.watch(until: .inverting, of: second.id)
            codec.holdsInversion.store(false, ordering: .sequentiallyConsistent)
            #expect(try await end(of: second.id, client).state == .acknowledged)
            #expect(try await end(of: first.id, client).state == .cancelled)
            let (status, message) = try await refusal {
                let _: TransferRecord = try await client.ask(.DELETE, "/v1/transfers/\(first.id)")
            }
            #expect(status == .refused)
            #expect(message.contains("cancelled"))
        }
        #expect(codec.count("edit") == 1)
    }

    @Test func aStageThatBreaksFailsTheTransferOnly() async throws {
        try await withDaemon(QuickEditor(breaksEdits: true)) { client in
            let record = try await end(of: submit(client).id, client)
            #expect(record.state == .failed)
            #expect(record.failure == .init(code: "internal", message: "broken on purpose"))
            #expect(try await end(of: submit(client).id, client).state == .failed)
        }
    }

    @Test func goesOnAfterARestartWithoutDoingFinishedStagesAgain() async throws {
        let held = QuickEditor(holdsInversion: true)
        var id = ""
        try await withDaemon(held) { client in
            id = try await submit(client).id
            try await client.watch(until: .inverting, of: id)
        }
        // Stopped in the middle of the inversion: it starts again, and then the receiver is silent.
        let silent = QuickEditor()
        try await withDaemon(silent, answer: { _ in nil }) { client in
            try await client.watch(until: .sending, of: id)
        }
        #expect(silent.calls.withLock { $0 } == ["invert", "edit", "match to 6 dB"])
        // Stopped while sending: only the sending goes on.
        let last = QuickEditor()
        try await withDaemon(last) { client in
            let record = try await end(of: id, client)
            #expect(record.state == .acknowledged)
            #expect((record.signal?.attempts ?? 0) > 1)
        }
        #expect(last.calls.withLock { $0 }.isEmpty)
        try await withDaemon(last) { client async throws in
            #expect(try await end(of: id, client).state == .acknowledged)
        }
        #expect(last.calls.withLock { $0 }.isEmpty)
    }

    @Test func plainWIsNotCutShort() async throws {
        try await withDaemon(QuickEditor(kind: .w)) { client in
            let (_, said) = try await refusal {
                let _: TransferRecord = try await client.ask(
                    .POST,
                    "/v1/transfers?sentence=smile&symbols=128",
                    body: [1, 2]
                )
            }
            #expect(said.contains("paper"))
        }
    }

    @Test func afterAChangeOfModeTheCodesAreMadeAnew() async throws {
        var id = ""
        try await withDaemon(QuickEditor(), answer: { _ in nil }) { client in
            id = try await submit(client).id
            try await client.watch(until: .sending, of: id)
        }
        let other = QuickEditor(kind: .w)
        try await withDaemon(other) { client async throws in
            #expect(try await end(of: id, client).state == .acknowledged)
        }
        #expect(other.calls.withLock { $0 } == ["invert", "edit"])
    }

    @Test func aDiskThatTakesNothingHoldsTransfersUpAndFailsNone() async throws {
        let codec = QuickEditor(holdsInversion: true)
        let (spool, away) = (directory.path + "/spool", directory.path + "/away")
        try await withDaemon(codec) { client in
            let first = try await submit(client)
            try await client.watch(until: .inverting, of: first.id)
            #expect(rename(spool, away) == 0)
            codec.holdsInversion.store(false, ordering: .sequentiallyConsistent)
            let (status, said) = try await refusal { _ = try await submit(client) }
            #expect(status == .tryLater)
            #expect(said.contains("spool"))
            var record = first
            while record.trouble == nil {
                record = try await client.ask(.GET, "/v1/transfers/\(first.id)")
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(record.state == .inverting)
            let troubled: TransmitterStatus = try await client.ask(.GET, "/v1/status")
            #expect(troubled.troubles.contains { $0.hasPrefix("spool: ") })
            try? FileManager.default.removeItem(atPath: spool)
            #expect(rename(away, spool) == 0)
            record = try await end(of: first.id, client)
            #expect(record.state == .acknowledged)
            #expect(record.trouble == nil)
            let well: TransmitterStatus = try await client.ask(.GET, "/v1/status")
            #expect(well.troubles.isEmpty)
            #expect(well.jobs == ["acknowledged": 1])
        }
    }

    /// Its trouble is told, on disk too, until the codec has done its work; meanwhile it can be cancelled.
    @Test func aCodecThatIsAwayHoldsTransfersUpAndFailsNone() async throws {
        let codec = QuickEditor()
        codec.isAway.store(true, ordering: .sequentiallyConsistent)
        try await withDaemon(codec) { client in
            let ids = [try await submit(client).id, try await submit(client).id]
            for id in ids {
                var record: TransferRecord = try await client.ask(.GET, "/v1/transfers/\(id)")
                while record.trouble == nil {
                    try await Task.sleep(for: .milliseconds(5))
                    record = try await client.ask(.GET, "/v1/transfers/\(id)")
                }
                #expect(record.state == .editing && record.trouble == "the codec is away")
                let saved = try ChecksummedJSON.decode(
                    TransferRecord.self,
                    from: AtomicFile.read("\(directory.path)/spool/\(id)/job.json")
                )
                #expect(saved.trouble == record.trouble)
            }
            let _: TransferRecord = try await client.ask(.DELETE, "/v1/transfers/\(ids[1])")
            codec.isAway.store(false, ordering: .sequentiallyConsistent)
            let record = try await end(of: ids[0], client)
            #expect(record.state == .acknowledged && record.trouble == nil)
            let cancelled: TransferRecord = try await client.ask(.GET, "/v1/transfers/\(ids[1])")
            #expect(cancelled.state == .cancelled)
        }
    }

    @Test func retentionRemovesTheOldestThatAreOver() async throws {
        try await withDaemon(QuickEditor()) { client in
            for _ in 0..<3 {
                let id = try await submit(client, photo: Self.large).id
                #expect(try await end(of: id, client).state == .acknowledged)
            }
        }
        // At the next start there is room for one of them.
        try await withDaemon(QuickEditor(), limits: "[retention]\nbytes = 1500000") { client in
            var list: TransferList = try await client.ask(.GET, "/v1/transfers")
            while list.transfers.count > 1 {
                try await Task.sleep(for: .milliseconds(5))
                list = try await client.ask(.GET, "/v1/transfers")
            }
            let spool = try FileManager.default.contentsOfDirectory(atPath: directory.path + "/spool")
            #expect(spool.filter { UUID(uuidString: $0) != nil } == list.transfers.map(\.id))
        }
    }

    /// A photo of a megabyte.
    private static let large = [UInt8](repeating: 1, count: 1 << 20)

    @Test func makesDamagedStageFilesAnew() async throws {
        let silent = QuickEditor()
        var id = ""
        try await withDaemon(silent, answer: { _ in nil }) { client in
            id = try await submit(client).id
            try await client.watch(until: .sending, of: id)
        }
        for file in ["aligned.png", "inversion.json", "edited.json"] {
            try AtomicFile.write([0], to: "\(directory.path)/spool/\(id)/\(file)")
        }
        let codec = QuickEditor()
        try await withDaemon(codec) { client async throws in
            #expect(try await end(of: id, client).state == .acknowledged)
        }
        #expect(codec.calls.withLock { $0 } == ["align", "invert", "edit", "match to 6 dB"])
    }
}
