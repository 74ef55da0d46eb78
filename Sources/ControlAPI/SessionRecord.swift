import Foundation

/// A conversation about one photo: the answer of `GET /v1/sessions/ID`.
package struct SessionRecord: Codable, Sendable, Equatable {
    /// That of its first transfer.
    package let id: String
    /// A transfer for each sentence, the oldest first; those that retention has removed are missing.
    package let turns: [TransferRecord]
    /// The transfer that the next sentence goes on from; nil while there is none.
    package let latest: String?
    /// Whether there are edits to take back, and some that were taken back last.
    package let canUndo, canRedo: Bool

    package init(id: String, turns: [TransferRecord], latest: String?, canUndo: Bool, canRedo: Bool) {
        (self.id, self.turns, self.latest, self.canUndo, self.canRedo) = (id, turns, latest, canUndo, canRedo)
    }
}

/// A conversation in a line.
package struct SessionSummary: Codable, Sendable, Equatable {
    package let id: String
    package let created, updated: Date
    /// How many sentences.
    package let turns: Int
    /// What was said last.
    package let sentence: String

    package init(id: String, created: Date, updated: Date, turns: Int, sentence: String) {
        (self.id, self.created, self.updated) = (id, created, updated)
        (self.turns, self.sentence) = (turns, sentence)
    }
}

/// The answer of `GET /v1/sessions`, the latest first.
package struct SessionList: Codable, Sendable {
    package let sessions: [SessionSummary]

    package init(sessions: [SessionSummary]) { self.sessions = sessions }
}
