import ControlAPI
import Foundation
import SemanticCoding
import ServiceKit
import TestSupport
import Testing

@testable import Transmitter
@testable import txctl

/// What is accepted, what is refused, and how soon.
struct TransmitterSubmissionTests: TransmitterSuite {
    let fixture: TransmitterFixture

    init() throws { fixture = try TransmitterFixture() }

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

    /// Each edit is made by itself, and the record says what each came from and to.
    @Test func severalEditsAreMadeInOrder() async throws {
        let codec = QuickEditor()
        try await withDaemon(codec) { client in
            let sentence = "smile and smile again".percentEncoded
            let accepted: TransferRecord = try await client.ask(
                .POST,
                "/v1/transfers?sentence=\(sentence)",
                body: [1, 2, 3]
            )
            #expect(accepted.request == "smiling +1, smiling +1")
            let asked = TransferRecord.Request(request: "smiling +1", span: "smile")
            #expect(accepted.requests == [asked, asked] && "\(asked)" == "smiling +1, from 'smile'")
            let record = try await end(of: accepted.id, client)
            #expect(record.edits?.count == 2 && record.edits?.last == record.edit)
        }
        #expect(codec.count("edit") == 2)
    }
}
