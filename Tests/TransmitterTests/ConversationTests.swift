import Basics
import ControlAPI
import Foundation
import ServiceKit
import TestSupport
import Testing
import Wire

@testable import SemanticCoding
@testable import Transmitter
@testable import txctl

/// Sentences that follow one another about one photo.
struct ConversationTests: TransmitterSuite {
    let fixture: TransmitterFixture

    init() throws { fixture = try TransmitterFixture() }

    private func begin(_ client: ControlClient, _ sentence: String = "smile") async throws -> TransferRecord {
        let path = "/v1/sessions?sentence=\(sentence.percentEncoded)"
        let record: TransferRecord = try await client.ask(.POST, path, body: [1, 2, 3])
        return try await end(of: record.id, client)
    }

    private func say(
        _ sentence: String,
        in session: String,
        _ client: ControlClient,
        key: String? = nil
    ) async throws -> TransferRecord {
        let record: TransferRecord = try await client.ask(
            .POST,
            "/v1/sessions/\(session)/turns?sentence=\(sentence.percentEncoded)",
            headers: key.map { ["Idempotency-Key": $0] } ?? [:]
        )
        return try await end(of: record.id, client)
    }

    /// How many edits are in what was sent: the test's editor adds 1 for each.
    private func edits(in record: TransferRecord) throws -> Int {
        let spool = try Spool(root: directory.path + "/spool")
        let edited = try ChecksummedJSON.decode(EditedCode.self, from: spool.read(.edited, of: record.id))
        let inversion = try ChecksummedJSON.decode(Inversion.self, from: spool.read(.inversion, of: record.id))
        return Int((edited.code[0] - inversion.code[0]).rounded())
    }

    private func edited(_ record: TransferRecord) throws -> EditedCode {
        let spool = try Spool(root: directory.path + "/spool")
        return try ChecksummedJSON.decode(EditedCode.self, from: spool.read(.edited, of: record.id))
    }

    /// Nothing but the edits is sent of a face that the receiver has, and they add up to what it is to have.
    @Test func whatFollowsIsSentAsADifference() async throws {
        let codec = QuickEditor(goesOn: true)
        try await withDaemon(codec, drafts: true) { client in
            let first = try await begin(client)
            let id = try #require(first.session)
            #expect(first.signal?.reals == 512 && first.base == nil)
            let second = try await say("smile smile", in: id, client)
            #expect(second.state == .acknowledged && second.base == first.id && second.draft == nil)
            #expect(second.signal?.reals == 64 && second.signal?.symbols == 32 && second.signal?.mode == "full")
            let third = try await say("undo", in: id, client)
            #expect(third.signal?.reals == 64 && third.base == second.id)
            let codes = try [first, second, third].map(edited)
            // Matched once, and then moved by the edits alone: +2, and what is left of them taken back.
            #expect(codec.calls.withLock { $0.count { $0.hasPrefix("match to") } } == 1)
            let sent = try codes.map { try ($0.sent ?? #require($0.matched).code)[0] }
            #expect(abs(sent[1] - sent[0] - 1.98) < 1e-3 && abs(sent[2] - sent[0] - 0.0198) < 1e-3)
            #expect(codes[1].isContinued == true && codes[1].matched?.code[0] == sent[0] + 2)
        }
        #expect(codec.count("sketch") == 1)
    }

    /// Where edits have taken the person away, the code is matched to the channel anew, which brings him back, and sent whole.
    @Test func whoIsLostIsNotGoneOnFrom() async throws {
        let codec = QuickEditor(goesOn: true)
        try await withDaemon(codec) { client in
            let first = try await begin(client)
            let second = try await say(
                [String](repeating: "smile", count: 12).joined(separator: " "),
                in: try #require(first.session),
                client
            )
            #expect(second.state == .acknowledged && second.signal?.reals == 512)
            #expect(try edited(second).isContinued == nil && edited(second).matched != nil)
        }
        #expect(codec.calls.withLock { $0.count { $0.hasPrefix("match to") } } == 2)
    }

    /// What changes nothing is sent all the same, as another look: there is no difference that had any power.
    @Test func whatChangesNothingIsSentWhole() async throws {
        let codec = QuickEditor(goesOn: true)
        try await withDaemon(codec) { client in
            let first = try await begin(client)
            codec.changesNothing.store(true, ordering: .sequentiallyConsistent)
            let second = try await say("smile", in: try #require(first.session), client)
            #expect(second.state == .acknowledged && second.signal?.reals == 512)
            #expect(try edited(second).isContinued == true && edited(second).sent == nil)
        }
    }

    /// A receiver that does not have the picture any more gets the whole code, and so does one that never got it.
    @Test func whatTheReceiverLacksIsSentWhole() async throws {
        let answers: [TransferReport.Status] = [.decoded, .baseMissing, .repeatRequested, .decoded, .decoded]
        let codec = QuickEditor(goesOn: true)
        try await withDaemon(codec) {
            answers[min($0, answers.count) - 1]
        } _: { client in
            let first = try await begin(client)
            let id = try #require(first.session)
            let second = try await say("smile", in: id, client)
            #expect(second.state == .acknowledged && second.signal?.reals == 512 && second.signal?.attempts == 3)
            #expect(try edited(second).sent == nil)
            // From there it goes on again.
            let third = try await say("smile", in: id, client)
            #expect(third.signal?.reals == 64 && third.signal?.attempts == 1)
        }
        #expect(codec.calls.withLock { $0.count { $0.hasPrefix("match to") } } == 1)
    }

    /// While nobody knows whether the picture before has arrived, nothing goes on from it.
    @Test func nothingGoesOnFromWhatMayNotHaveArrived() async throws {
        let codec = QuickEditor(goesOn: true)
        try await withDaemon(codec) {
            $0 == 1 ? nil : .decoded
        } _: { client in
            let first: TransferRecord = try await client.ask(.POST, "/v1/sessions?sentence=smile", body: [1, 2, 3])
            var now = first
            while now.state != .sending {
                try await Task.sleep(for: .milliseconds(5))
                now = try await client.ask(.GET, "/v1/transfers/\(first.id)")
            }
            let second = try await say("smile", in: first.id, client)
            #expect(second.state == .acknowledged && second.signal?.reals == 512 && second.base == first.id)
            #expect(try edited(second).isContinued == nil)
        }
        #expect(codec.calls.withLock { $0.count { $0.hasPrefix("match to") } } == 2)
    }

    @Test func eachSentenceGoesOnFromTheOneBefore() async throws {
        let codec = QuickEditor()
        try await withDaemon(codec) { client in
            let first = try await begin(client)
            let id = try #require(first.session)
            #expect(id == first.id && first.state == .acknowledged && first.parent == nil)
            let second = try await say("smile smile", in: id, client)
            #expect(second.state == .acknowledged && second.session == id && second.parent == first.id)
            #expect(second.photoDigest == first.photoDigest)
            #expect(try edits(in: first) == 1 && edits(in: second) == 3)
            let more = try await say("again", in: id, client)
            #expect(more.requests?.map(\.request) == ["smiling −4", "smiling −4"])
            #expect(try edits(in: more) == 5)
            // Two steps of the opposite direction.
            let less = try await say("less", in: id, client)
            #expect(less.requests?.map(\.request) == ["smiling +1", "smiling +1"])

            let session: SessionRecord = try await client.ask(.GET, "/v1/sessions/\(id.prefix(8))")
            #expect(session.turns.map(\.id) == [first.id, second.id, more.id, less.id])
            #expect(session.latest == less.id && session.canUndo && !session.canRedo)
            let list: SessionList = try await client.ask(.GET, "/v1/sessions")
            #expect(list.sessions.map(\.turns) == [4] && list.sessions[0].sentence == "less")
        }
        // The photo was looked at and inverted once.
        #expect(codec.count("align") == 1 && codec.count("invert") == 1)
    }

    @Test func editsAreTakenBackAndMadeAgain() async throws {
        try await withDaemon(QuickEditor()) { client in
            let first = try await begin(client)
            let id = first.id
            let second = try await say("smile", in: id, client)
            let third = try await say("smile", in: id, client)
            #expect(try edits(in: third) == 3)
            let undone = try await say("undo", in: id, client)
            #expect(undone.request == "undo" && undone.undone == third.id && undone.parent == first.id)
            #expect(try edits(in: undone) == 2)
            let again = try await say("undo", in: id, client)
            #expect(try edits(in: again) == 1)
            let photo = try await say("undo", in: id, client)
            #expect(try edits(in: photo) == 0)
            let (status, said) = try await refusal { _ = try await say("undo", in: id, client) }
            #expect(status == .refused && said.contains("nothing to undo"))
            for expected in 1...3 { #expect(try await edits(in: say("redo", in: id, client)) == expected) }
            let (late, why) = try await refusal { _ = try await say("redo", in: id, client) }
            #expect(late == .refused && why.contains("nothing to redo"))
            // What was done again can be taken back again, and an edit upon it ends the redoing.
            #expect(try await edits(in: say("undo", in: id, client)) == 2)
            #expect(try await edits(in: say("smile", in: id, client)) == 3)
            let (ended, _) = try await refusal { _ = try await say("Redo.", in: id, client) }
            #expect(ended == .refused)
            let back = try await say("back", in: id, client)
            #expect(try edits(in: back) == 0)
            #expect(back.request == "back to the photo")
            #expect(try await edits(in: say("undo", in: id, client)) == 3)
            // A correction: the last edit is taken back, and another made.
            #expect(try await edits(in: say("undo smile smile", in: id, client)) == 4)
            #expect(second.state == .acknowledged)
        }
    }

    @Test func aConversationSurvivesARestart() async throws {
        var id = ""
        try await withDaemon(QuickEditor()) { client in
            let first = try await begin(client)
            id = first.id
            _ = try await say("smile", in: id, client)
        }
        let codec = QuickEditor()
        try await withDaemon(codec) { client in
            let third = try await say("smile", in: id, client)
            #expect(try edits(in: third) == 3)
            #expect(try await edits(in: say("undo", in: id, client)) == 2)
        }
        #expect(codec.count("invert") == 0)
    }

    @Test func whatCannotGoOnIsRefused() async throws {
        let codec = QuickEditor()
        try await withDaemon(codec) { client in
            func said(_ sentence: String, _ id: String) async throws -> String {
                try await refusal { _ = try await say(sentence, in: id, client) }.1
            }
            #expect(try await said("smile", "nobody").contains("no transfer"))
            let first = try await begin(client)
            #expect(try await said("bake a cake", first.id).contains("asks for none of"))
            #expect(try await said("make her older", first.id).contains("no codec for age"))
            #expect(try await said("", first.id).contains("sentence"))
            let (status, why) = try await refusal {
                let path = "/v1/sessions/\(first.id)/turns?sentence=smile&face=1"
                let _: TransferRecord = try await client.ask(.POST, path)
            }
            #expect(status == .refused && why.contains("unknown parameter"))

            // One sentence at a time.
            codec.isAway.store(true, ordering: .sequentiallyConsistent)
            let waiting: TransferRecord = try await client.ask(
                .POST,
                "/v1/sessions/\(first.id)/turns?sentence=smile"
            )
            #expect(try await said("smile", first.id).contains("wait until it is sent"))
            codec.isAway.store(false, ordering: .sequentiallyConsistent)
            #expect(try await end(of: waiting.id, client).state == .acknowledged)
            let session: SessionRecord = try await client.ask(.GET, "/v1/sessions/\(first.id)")
            #expect(session.turns.count == 2)
        }
    }

    @Test func sayingItTwiceUnderOneKeyIsSayingItOnce() async throws {
        try await withDaemon(QuickEditor()) { client in
            let first = try await begin(client)
            let once = try await say("smile", in: first.id, client, key: "k")
            let twice = try await say("smile", in: first.id, client, key: "k")
            #expect(once.id == twice.id)
            let (status, said) = try await refusal { _ = try await say("undo", in: first.id, client, key: "k") }
            #expect(status == .refused && said.contains("another submission"))
        }
    }

    /// A photo that was handed in alone may be gone on with too.
    @Test func aTransferBecomesAConversation() async throws {
        try await withDaemon(QuickEditor()) { client in
            let alone = try await end(of: submit(client).id, client)
            #expect(alone.session == nil)
            let next = try await say("smile", in: String(alone.id.prefix(8)), client)
            #expect(next.session == alone.id && next.parent == alone.id)
            #expect(try edits(in: next) == 2)
        }
    }

    /// An undo needs the transfer that it goes back to.
    @Test func whatRetentionHasRemovedIsSaid() async throws {
        var id = ""
        try await withDaemon(QuickEditor()) { client in
            id = try await begin(client).id
            _ = try await say("smile", in: id, client)
            _ = try await say("smile", in: id, client)
        }
        let spool = try Spool(root: directory.path + "/spool")
        let turns = try spool.load().records
        try spool.remove(turns[1].id)
        try await withDaemon(QuickEditor()) { client in
            let (status, said) = try await refusal { _ = try await say("undo", in: id, client) }
            #expect(status == .refused && said.contains("not there any more"))
            #expect(try await edits(in: say("smile", in: id, client)) == 4)
        }
    }
}
