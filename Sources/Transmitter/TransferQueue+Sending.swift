import ControlAPI
import SemanticCoding

/// What becomes of a code word: on the air until the receiver has it.
extension TransferQueue {
    /// Sends until acknowledged, expired or cancelled.
    func transmit(_ id: String, _ codeWord: CodeWord) async {
        let task = Task {
            let began = ContinuousClock.now
            let outcome: TransferEvent
            do {
                outcome = try await link.send(codeWord, for: book.record(id)) { try await self.note($0, of: id) }
            } catch is SignalLink.BaseMissing {
                let whole = try await makeWhole(id)
                outcome = try await link.send(whole, for: book.record(id)) { try await self.note($0, of: id) }
            }
            sentWhole.remove(id)
            took(.now - began, id, .sending)
            try book.advance(id, outcome)
        }
        await follow(task, of: id)
    }

    /// What a stream goes on from: a transfer that the receiver has.
    ///
    /// - Throws: `ControlError`.
    func key(_ id: String) throws -> (order: EncodingOrder, artifacts: TransferArtifacts) {
        let record = try book.record(id)
        let digest = record.reception.flatMap { [UInt8](hexadecimal: $0.pictureDigest.utf8) }
        return (EncodingOrder(record, baseDigest: digest), artifacts(of: record))
    }

    /// The code word of a transfer whose receiver has nothing to go on from.
    private func makeWhole(_ id: String) async throws -> CodeWord {
        book.log(id).info("sent whole: the receiver does not have the picture before")
        sentWhole.insert(id)
        let record = try book.record(id)
        let (order, files) = (EncodingOrder(record), artifacts(of: record))
        let made = try await threads.maths.run { [encoder] checkpoint in
            try encoder.codeWord(order, artifacts: files) { _ in try checkpoint() }
        }
        try check(made.codeWord)
        return made.codeWord
    }

    /// Notes how a sending goes: on disk before it happens. Trouble is told, and ends nothing.
    private func note(_ progress: SignalLink.Progress, of id: String) throws {
        guard var record = book[id], record.state == .sending else { throw CancellationError() }
        switch progress {
        case .sending(let signal):
            record.signal = signal
            try book.save(record)
            book.tell(id, "sent \(signal.attempts) times")
        case .trouble(let trouble):
            guard record.trouble != trouble else { return }
            book.note(id) { $0.trouble = trouble }
            book.tell(id, trouble.map { "waits: \($0)" } ?? "sent")
        }
    }
}
