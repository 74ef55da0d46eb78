import Basics
import ControlAPI
import Foundation
import Synchronization
import Testing
import Wire

@testable import Transmitter

/// First pictures: what is sent while a photo is still inverted.
struct DraftTests: TransmitterSuite {
    let fixture: TransmitterFixture

    init() throws { fixture = try TransmitterFixture() }

    /// The draft is received while the inversion goes on; the final picture is made for the SNR that it met, and comes after.
    @Test func aDraftArrivesBeforeThePhotoIsInverted() async throws {
        let codec = QuickEditor(holdsInversion: true)
        try await withDaemon(codec, drafts: true) { client in
            let id = try await submit(client).id
            var updates: [TransferUpdate] = []
            try await client.watch(id) { update in
                updates.append(update)
                if update.hasDraft == true {
                    #expect(update.state == .inverting)
                    codec.holdsInversion.store(false, ordering: .sequentiallyConsistent)
                }
            }
            #expect(updates.count { $0.hasDraft == true } == 1 && updates.last?.state == .acknowledged)
            let record: TransferRecord = try await client.ask(.GET, "/v1/transfers/\(id)")
            let draft = try #require(record.draft)
            #expect(draft.seconds > 0 && draft.reception.snrDecibels == 12.5)
            #expect(draft.signal.mode == "linear" && draft.signal.designSNR == DesignSNR.first)
            #expect(record.signal?.mode == "full" && record.signal?.designSNR == 12)
            #expect(record.signal?.attempts == 1 && record.reception != nil)
            #expect(draft.signal.cbrTotal == record.signal?.cbrTotal)
        }
        #expect(codec.count("sketch") == 1 && codec.count("match to 12 dB") == 1)
    }

    /// Where nothing may go on the air that is not final, nothing does.
    @Test(arguments: ["&once=true", "&least_likeness=0.1", "&mode=paper"]) func noDraftIsSentUnasked(
        more: String
    ) async throws {
        let codec = QuickEditor(kind: more.contains("paper") ? .w : .expanded)
        try await withDaemon(codec, drafts: true) { client in
            let record = try await end(of: submit(client, more: more).id, client)
            #expect(record.state == .acknowledged && record.draft == nil)
            #expect(record.once == (more.contains("once") ? true : nil))
            await #expect(throws: ControlClientError.self) { try await submit(client, more: "&once=maybe") }
        }
        #expect(codec.count("sketch") == 0)
    }

    /// A draft that cannot be made, or that nobody acknowledges, costs the transfer nothing.
    @Test func aDraftThatFailsIsNoFailure() async throws {
        let first = Atomic(true)
        try await withDaemon(QuickEditor(), drafts: true) { _ in
            first.exchange(false, ordering: .relaxed) ? nil : .decoded
        } _: { client in
            let record = try await end(of: submit(client).id, client)
            #expect(record.state == .acknowledged)
        }
        let broken = QuickEditor(breaksEdits: true)
        try await withDaemon(broken, drafts: true) { client in
            let record = try await end(of: submit(client).id, client)
            // By the edit itself, not by its draft.
            #expect(record.state == .failed && record.inversion != nil && record.draft == nil)
        }
        #expect(broken.count("sketch") == 1 && broken.count("edit") == 1)
    }

    /// A sentence that goes on has a draft too, of the code that is there.
    @Test func aFollowingSentenceHasADraft() async throws {
        let codec = QuickEditor()
        try await withDaemon(codec, drafts: true) { client in
            let first: TransferRecord = try await client.ask(
                .POST,
                "/v1/sessions?sentence=smile&once=true",
                body: [1, 2, 3]
            )
            _ = try await end(of: first.id, client)
            let second: TransferRecord = try await client.ask(.POST, "/v1/sessions/\(first.id)/turns?sentence=smile")
            let record = try await end(of: second.id, client)
            #expect(record.state == .acknowledged)
        }
        #expect(codec.count("sketch") == 0 && codec.count("sketch edit") <= 1)
    }
}
