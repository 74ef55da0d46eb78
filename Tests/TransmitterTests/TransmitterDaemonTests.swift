import Basics
import ControlAPI
import Foundation
import Imaging
import Logging
import SemanticCoding
import ServiceKit
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Transmitter
@testable import txctl

private struct TestDaemon: Service {
    let configuration: TransmitterConfiguration
    let codec: QuickEditor
    let keys: KeyRing
    let maths: WorkThread

    func run() async throws {
        try await TransmitterDaemon(configuration).run(
            encoder: EditingEncoder(codec),
            keys: keys,
            maths: maths
        )
    }
}

/// The queue, the control API and the link together, asked through txctl's own client.
struct TransmitterDaemonTests {
    let directory: TemporaryDirectory
    let key: PreSharedKey

    init() throws {
        directory = try TemporaryDirectory()
        let digits = String(repeating: "0123456789abcdef", count: 4)
        try AtomicFile.write(Array(digits.utf8), to: directory.path + "/key", mode: 0o600)
        key = try PreSharedKey.parse(Array(digits.utf8))
    }

    private func configuration(peer: Int, link: String = "", limits: String = "") throws -> TransmitterConfiguration {
        let text = """
            models = "unused"
            spool = "\(directory.path)/spool"
            control_socket = "\(directory.path)/tx.sock"
            keys = ["\(directory.path)/key"]
            ready_file = "\(directory.path)/ready"
            resolution = 128
            [link]
            listen = "127.0.0.1:0"
            peer = "127.0.0.1:\(peer)"
            first_retry_seconds = 15
            \(link)
            [limits]
            drain_seconds = 0.1
            \(limits)
            """
        return try ConfigurationFile.decode(TransmitterConfiguration.self, text: text, path: "test")
    }

    /// Runs the daemon and a receiver that answers as told.
    private func withDaemon(
        _ codec: QuickEditor,
        link: String = "",
        limits: String = "",
        answer: @escaping @Sendable (Int) -> TransferReport.Status? = { _ in .decoded },
        _ body: (ControlClient) async throws -> Void
    ) async throws {
        let ready = directory.path + "/ready"
        try? FileManager.default.removeItem(atPath: ready)
        let receiver = try await TestReceiver(key: key, answer: answer)
        await receiver.start()
        let maths = WorkThread(name: "maths")
        let daemon = try TestDaemon(
            configuration: try configuration(peer: receiver.socket.port, link: link, limits: limits),
            codec: codec,
            keys: KeyRing([.init(name: "receiver", keys: [key])]),
            maths: maths
        )
        let group = ServiceGroup(services: [daemon], logger: Logger(label: "test"))
        let running = Task { try await group.run() }
        while !FileManager.default.fileExists(atPath: ready) { try await Task.sleep(for: .milliseconds(5)) }
        try await body(ControlClient(socket: directory.path + "/tx.sock"))
        await group.triggerGracefulShutdown()
        try await running.value
        await receiver.stop()
        maths.stop()
    }

    private func submit(_ client: ControlClient, photo: [UInt8] = [1, 2, 3]) async throws -> TransferRecord {
        try await client.ask(.POST, "/v1/transfers?sentence=\("she should smile".percentEncoded)", body: photo)
    }

    private func end(of id: String, _ client: ControlClient) async throws -> TransferRecord {
        try await client.watch(id) { _ in }
        return try await client.ask(.GET, "/v1/transfers/\(id)")
    }

    private func refusal(_ body: () async throws -> Void) async throws -> (txctl.ExitStatus, String) {
        do {
            try await body()
        } catch let error as ControlClientError {
            return (ExitStatus(error.cause), error.description)
        }
        throw Missing()
    }

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

    @Test func refusesWhatTheUserCanMendAndKeepsNothingOfIt() async throws {
        try await withDaemon(QuickEditor(), limits: "photo_bytes = 100000") { client in
            let cases: [(String, [UInt8], String)] = [
                ("?sentence=bake%20a%20cake", [1], "asks for none of"),
                ("?sentence=smile", [0], "no face"),
                ("?sentence=smile", [UInt8](repeating: 1, count: 100_001), "100000 bytes"),
                ("?sentence=smile", [], "PNG, JPEG"),
                ("?sentence=smile&face=-1", [1], "face"),
                ("", [1], "sentence"),
            ]
            for (query, photo, message) in cases {
                let (status, said) = try await refusal {
                    let _: TransferRecord = try await client.ask(.POST, "/v1/transfers\(query)", body: photo)
                }
                #expect(status == .refused)
                #expect(said.contains(message))
            }
            let (status, _) = try await refusal {
                let _: TransferRecord = try await client.ask(.GET, "/v1/transfers/nobody")
            }
            #expect(status == .refused)
            let list: TransferList = try await client.ask(.GET, "/v1/transfers")
            #expect(list.transfers.isEmpty)
        }
        let spool = try FileManager.default.contentsOfDirectory(atPath: directory.path + "/spool")
        #expect(spool == [".lock"])
        #expect(!FileManager.default.fileExists(atPath: directory.path + "/ready"))
    }

    @Test(arguments: ["sentence=smile&bogus=1", "sentence=smile&sentence=smile", "sentence=smile&aligned=1"])
    func parametersThatMeanNothingAreRefused(query: String) async throws {
        let codec = QuickEditor()
        try await withDaemon(codec) { client in
            let (status, said) = try await refusal {
                let _: TransferRecord = try await client.ask(.POST, "/v1/transfers?\(query)", body: [1])
            }
            #expect(status == .refused)
            #expect(said.contains("unknown parameter") || said.contains("twice") || said.contains("true or false"))
            let (listed, _) = try await refusal {
                let _: TransferList = try await client.ask(.GET, "/v1/transfers?limit=2")
            }
            #expect(listed == .refused)
        }
        #expect(codec.count("align") == 0)
    }

    @Test func theFirstCharactersOfAnIdAreEnough() async throws {
        let spool = try Spool(root: directory.path + "/spool")
        for (number, id) in ["abcd0000", "abcd1111", "ffff2222"].enumerated() {
            var record = TransferRecord(
                id: "\(id)-0000-4000-8000-000000000000",
                sentence: "smile",
                face: nil,
                aligned: false,
                request: "smiling up",
                created: Date(timeIntervalSinceNow: Double(number) - 10)
            )
            try record.apply(.cancelled, at: Date())
            try spool.create(record, artifacts: [:])
        }
        try await withDaemon(QuickEditor()) { client in
            for (prefix, whole) in [("abcd0", "abcd0000"), ("FFFF", "ffff2222"), ("abcd1111-0000", "abcd1111")] {
                let record: TransferRecord = try await client.ask(.GET, "/v1/transfers/\(prefix)")
                #expect(record.id.hasPrefix(whole))
            }
            for (prefix, message) in [
                ("abcd", "2 transfers begin with"), ("fff", "no transfer"), ("eeee", "no transfer"),
            ] {
                let (status, said) = try await refusal {
                    let _: TransferRecord = try await client.ask(.GET, "/v1/transfers/\(prefix)")
                }
                #expect(status == .refused)
                #expect(said.contains(message))
            }
        }
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

    @Test func acceptsWhileTheMathsIsBusyUntilTheQueueIsFull() async throws {
        let codec = QuickEditor(holdsInversion: true)
        try await withDaemon(codec, limits: "queued = 2") { client in
            let first = try await submit(client)
            try await client.watch(until: .inverting, of: first.id)
            let second = try await submit(client)
            let third = try await submit(client)
            let (status, _) = try await refusal { _ = try await submit(client) }
            #expect(status == .tryLater)
            codec.holdsInversion.store(false, ordering: .sequentiallyConsistent)
            for record in [first, second, third] {
                #expect(try await end(of: record.id, client).state == .acknowledged)
            }
        }
    }

    /// Photos are looked at beside the maths, not between its steps.
    @Test func answersWhileTheMathsComesToNoCheckpoint() async throws {
        let codec = QuickEditor()
        codec.isStuck.store(true, ordering: .sequentiallyConsistent)
        try await withDaemon(codec) { client in
            let first = try await submit(client)
            try await client.watch(until: .inverting, of: first.id)
            let second = try await submit(client)
            codec.isStuck.store(false, ordering: .sequentiallyConsistent)
            for record in [first, second] { #expect(try await end(of: record.id, client).state == .acknowledged) }
        }
    }

    /// However many photos are handed in whose decoding takes for ever.
    @Test func answersWhilePhotosTakeForEver() async throws {
        let codec = QuickEditor()
        codec.slowPhotosHold.store(true, ordering: .sequentiallyConsistent)
        try await withDaemon(codec) { client in
            let slow = (0..<8).map { _ in
                Task { [client] () async throws -> TransferRecord in
                    try await client.ask(.POST, "/v1/transfers?sentence=smile", body: QuickEditor.slowPhoto)
                }
            }
            while codec.count("align") == 0 { try await Task.sleep(for: .milliseconds(5)) }
            let honest = try await submit(client)
            #expect(try await end(of: honest.id, client).state == .acknowledged)
            codec.slowPhotosHold.store(false, ordering: .sequentiallyConsistent)
            for task in slow { #expect(try await end(of: task.value.id, client).state == .acknowledged) }
        }
    }

    @Test func thePhotosTurnIsInTheRecord() async throws {
        try await withDaemon(QuickEditor()) { client async throws in
            #expect(try await submit(client, photo: [1, 90]).turned == 90)
            #expect(try await submit(client).turned == nil)
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
        #expect(silent.calls.withLock { $0 } == ["invert", "edit"])
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

    @Test func asManySymbolsAreSentAsWereAskedFor() async throws {
        try await withDaemon(QuickEditor()) { client in
            let asked: TransferRecord = try await client.ask(
                .POST,
                "/v1/transfers?sentence=smile&symbols=128",
                body: [1, 2]
            )
            let record = try await end(of: asked.id, client)
            #expect(record.state == .acknowledged && record.symbols == 128)
            #expect(record.signal?.reals == 128 && record.signal?.symbols == 64)
        }
    }

    @Test(arguments: ["2050", "127", "2", "-4", "many"])
    func symbolsThatCannotBeSentAreRefused(_ symbols: String) async throws {
        try await withDaemon(QuickEditor()) { client in
            let (_, said) = try await refusal {
                let _: TransferRecord = try await client.ask(
                    .POST,
                    "/v1/transfers?sentence=smile&symbols=\(symbols)",
                    body: [1, 2]
                )
            }
            #expect(said.contains("symbols must be"))
        }
    }

    /// A transmission lasts at most a second: one that would last longer is refused before any maths.
    @Test func whatWouldLastTooLongIsRefusedAtOnce() async throws {
        let codec = QuickEditor()
        try await withDaemon(codec, link: "sample_rate = 1000") { client in
            let (_, said) = try await refusal {
                let _: TransferRecord = try await client.ask(
                    .POST,
                    "/v1/transfers?sentence=smile&symbols=2048",
                    body: [1, 2]
                )
            }
            #expect(said.contains("at most 1872") && said.contains("sample_rate"), "\(said)")
            #expect(codec.count("align") == 0)
            let asked: TransferRecord = try await client.ask(
                .POST,
                "/v1/transfers?sentence=smile&symbols=1872",
                body: [1, 2]
            )
            #expect(try await end(of: asked.id, client).state == .acknowledged)
        }
        // The usual code may be too long, too.
        try await withDaemon(QuickEditor(), link: "sample_rate = 1000\npilots = 900") { client in
            let (_, said) = try await refusal { _ = try await submit(client) }
            #expect(said.contains("at most 200"), "\(said)")
        }
        #expect(throws: ConfigurationError.self) {
            try configuration(peer: 1, link: "sample_rate = 1000\npilots = 993")
        }
    }

    @Test func anAttributeWithoutACodecIsRefusedAtOnce() async throws {
        let codec = QuickEditor()
        try await withDaemon(codec) { client in
            let (_, said) = try await refusal {
                let _: TransferRecord = try await client.ask(.POST, "/v1/transfers?sentence=older", body: [1, 2])
            }
            #expect(said.contains("modelctl train jecc --attribute age"))
        }
        #expect(codec.count("align") == 0)
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

    @Test func theSameSubmissionTwiceIsOneTransfer() async throws {
        var first = ""
        for round in 0..<2 {
            try await withDaemon(QuickEditor()) { client in
                let record: TransferRecord = try await client.ask(
                    .POST,
                    "/v1/transfers?sentence=smile",
                    body: [1, 2],
                    headers: ["Idempotency-Key": "order 5"]
                )
                if round == 0 { first = record.id }
                #expect(record.id == first)
                let again: TransferRecord = try await client.ask(
                    .POST,
                    "/v1/transfers?sentence=smile",
                    body: [1, 2],
                    headers: ["Idempotency-Key": "order 5"]
                )
                #expect(again.id == first)
                let (status, said) = try await refusal {
                    let _: TransferRecord = try await client.ask(
                        .POST,
                        "/v1/transfers?sentence=smile",
                        body: [1, 3],
                        headers: ["Idempotency-Key": "order 5"]
                    )
                }
                #expect(status == .refused)
                #expect(said.contains("another submission"))
                let list: TransferList = try await client.ask(.GET, "/v1/transfers")
                #expect(list.transfers.count == 1)
            }
        }
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

    @Test func garbageOnTheControlSocketHarmsNothing() async throws {
        let request =
            "POST /v1/transfers?sentence=smile&face=0 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
            + "Idempotency-Key: k\r\n\r\n\u{1}\u{2}\u{3}"
        let fuzzer = try Fuzzer(
            "http",
            seeds: [Array(request.utf8), Array("GET /v1/transfers/x/events HTTP/1.1\r\nHost: x\r\n\r\n".utf8)],
            isText: true
        )
        try await withDaemon(QuickEditor()) { client in
            var generator = Fuzzer.Generator(seed: Fuzzer.seed)
            var connected = 0
            for _ in 0..<max(300, Fuzzer.inputs / 2000) where Self.throwAway(fuzzer.mutated(&generator), client.socket)
            {
                connected += 1
            }
            #expect(connected >= 300)
            let id = try await submit(client).id
            #expect(try await end(of: id, client).state == .acknowledged)
        }
    }

    /// Writes bytes to a socket and hangs up; whether somebody was there.
    private static func throwAway(_ bytes: [UInt8], _ path: String) -> Bool {
        let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard client >= 0 else { return false }
        defer { close(client) }
        let connected = withUnixAddress(path) { connect(client, $0, $1) }
        _ = send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        return connected == 0
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
        #expect(codec.calls.withLock { $0 } == ["align", "invert", "edit"])
    }
}

extension ControlClient {
    /// Returns once the transfer is in `state`.
    fileprivate func watch(until state: TransferState, of id: String) async throws {
        while true {
            let record: TransferRecord = try await ask(.GET, "/v1/transfers/\(id)")
            if record.state == state { return }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
