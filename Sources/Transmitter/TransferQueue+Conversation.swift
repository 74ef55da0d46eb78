import Basics
import ControlAPI
import Foundation
import SemanticCoding
import ServiceKit

/// Conversations: transfers about one photo, each of which goes on from the edits of the one before.
///
/// Nothing is kept but the transfers themselves, so that a conversation survives whatever they survive.
extension TransferQueue {
    /// All conversations, the latest first.
    package func sessions() -> [SessionSummary] {
        let turns = Dictionary(grouping: book.all.filter { $0.session != nil }) { $0.session ?? "" }
        return turns.compactMap { id, turns -> SessionSummary? in
            guard let first = turns.first, let last = turns.last else { return nil }
            return SessionSummary(
                id: id,
                created: first.created,
                updated: last.updated,
                turns: turns.count,
                sentence: last.sentence
            )
        }
        .sorted { $0.updated > $1.updated }
    }

    /// - Parameter id: or its first characters, where they fit one conversation alone.
    /// - Throws: `ControlError`.
    package func session(_ id: String) throws -> SessionRecord {
        let session = try resolve(id)
        let turns = self.turns(of: session)
        let latest = Self.latest(of: turns)
        return SessionRecord(
            id: session,
            turns: turns,
            latest: latest?.id,
            canUndo: latest.map { $0.parent != nil || !($0.edits ?? []).isEmpty } ?? false,
            canRedo: latest?.undone.flatMap { book[$0] } != nil
        )
    }

    /// Goes on with a conversation: a new transfer of the same photo, edited further.
    ///
    /// - Parameters:
    ///   - id: of the conversation, or of a transfer that begins one with this.
    ///   - key: saying the same again under the same key makes no second transfer.
    /// - Returns: the record, and whether it is new.
    /// - Throws: `ControlError`.
    package func say(
        _ sentence: String,
        in id: String,
        idempotencyKey key: String? = nil
    ) async throws -> (record: TransferRecord, isNew: Bool) {
        try await counted { try await goOn(sentence, in: id, key: key) }
    }

    private func goOn(
        _ sentence: String,
        in id: String,
        key: String?
    ) async throws -> (record: TransferRecord, isNew: Bool) {
        let session = try resolve(id)
        let known = try earlier(under: key) { $0.session == session && $0.sentence == sentence }
        if let known { return (known, false) }
        return try await admitted(key: key) {
            let turns = turns(of: session)
            if let busy = turns.last, !busy.state.isFinal, busy.state != .sending {
                throw ControlError(
                    status: .conflict,
                    code: "in_progress",
                    message: "transfer \(busy.id) is still \(busy.state.rawValue): wait until it is sent"
                )
            }
            guard let latest = Self.latest(of: turns) else {
                throw ControlError(
                    status: .conflict,
                    code: "no_picture",
                    message: "nothing of this conversation was sent: begin a new one"
                )
            }
            let following = try await follow(latest, sentence)
            let effect = following.effect
            if effect == .undoes, let parent = latest.parent, book[parent] == nil { throw Self.gone }
            var record = TransferRecord(
                id: UUID().uuidString.lowercased(),
                sentence: sentence,
                face: latest.face,
                aligned: latest.aligned,
                symbols: latest.symbols,
                leastLikeness: latest.leastLikeness,
                mode: latest.mode,
                request: following.accepted.request,
                idempotencyKey: key,
                photoDigest: latest.photoDigest,
                created: Date()
            )
            (record.session, record.base) = (session, latest.id)
            record.requests = following.accepted.edits.map { .init(request: $0.request, span: $0.span) }
            record.turned = latest.turned
            let undone = latest.undone.flatMap { book[$0] }
            switch effect {
            case .goesOn: record.parent = latest.id
            case .undoes: (record.parent, record.undone) = (latest.parent.flatMap { book[$0]?.parent }, latest.id)
            case .redoes: (record.parent, record.undone) = (undone?.parent, undone?.undone)
            }
            // A transfer that was handed in alone becomes the first of a conversation.
            if latest.session == nil {
                var first = latest
                first.session = session
                try save(first)
            }
            try create(record, following.accepted.artifacts, photoOf: latest)
            return (record, true)
        }
    }

    /// What the codec says of a sentence, on the photos' thread.
    private func follow(_ latest: TransferRecord, _ sentence: String) async throws -> FollowingOrder {
        func artifacts(_ id: String?) -> TransferArtifacts? {
            id.flatMap { book[$0] }.map { TransferArtifacts(of: $0, in: book.spool) }
        }
        let order = EncodingOrder(
            instruction: sentence,
            face: latest.face,
            isAligned: latest.aligned,
            dimension: latest.symbols,
            mode: latest.mode.flatMap { SemanticMode(rawValue: $0) }
        )
        let earlier = EarlierOrders(
            latest: TransferArtifacts(of: latest, in: book.spool),
            before: artifacts(latest.parent),
            undone: artifacts(latest.undone)
        )
        return try await asked { encoder, _ in try encoder.follow(order, earlier) }
    }

    private func create(
        _ record: TransferRecord,
        _ artifacts: [EncodingArtifact: [UInt8]],
        photoOf latest: TransferRecord
    ) throws {
        let photo: [UInt8]
        do {
            photo = try TransferArtifacts(of: latest, in: book.spool).read(.photo)
        } catch {
            throw Self.gone
        }
        try enter(record, artifacts.merging([.photo: photo]) { $1 })
    }

    /// The transfer that the next sentence goes on from.
    private static func latest(of turns: [TransferRecord]) -> TransferRecord? {
        turns.last { [.sending, .acknowledged, .expired].contains($0.state) }
    }

    private func turns(of session: String) -> [TransferRecord] {
        book.all.filter { $0.session == session || $0.id == session }
    }

    /// The whole id of a conversation, or of a transfer that may begin one.
    private func resolve(_ id: String) throws(ControlError) -> String {
        let sessions = Set(book.all.compactMap(\.session))
        if sessions.contains(id) { return id }
        let fitting = id.count < 4 ? [] : sessions.filter { $0.hasPrefix(id.lowercased()) }
        if fitting.count == 1, let session = fitting.first { return session }
        let record = try book.record(id)
        return record.session ?? record.id
    }

    private static let gone = ControlError(
        status: .conflict,
        code: "gone",
        message: "what was edited before is not there any more: begin a new conversation"
    )
}
