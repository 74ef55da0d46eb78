import Foundation
import Testing

@testable import ServiceKit

struct RetentionPolicyTests {
    private let now = Date(timeIntervalSince1970: 1_700_000_000)

    private func entry(_ id: String, days: Double, bytes: Int) -> RetentionPolicy.Entry {
        .init(id: id, finished: now - days * 86400, bytes: bytes)
    }

    @Test func oldOnesGo() {
        let entries = [
            entry("new", days: 1, bytes: 1), entry("old", days: 31, bytes: 1), entry("older", days: 40, bytes: 1),
        ]
        #expect(RetentionPolicy(days: 30, bytes: 100).expired(among: entries, at: now) == ["older", "old"])
    }

    @Test func theOldestMakeRoom() {
        let entries = (1...5).map { entry("\($0)", days: Double($0), bytes: 100) }
        #expect(RetentionPolicy(days: 30, bytes: 250).expired(among: entries, at: now) == ["5", "4", "3"])
        #expect(RetentionPolicy(days: 30, bytes: 500).expired(among: entries, at: now).isEmpty)
        #expect(RetentionPolicy(days: 30, bytes: 0).expired(among: entries, at: now).count == 5)
    }

    @Test func oddSettingsAreNamed() {
        #expect(RetentionPolicy().complaint == nil)
        #expect(RetentionPolicy(days: 0, bytes: 1 << 30).complaint?.contains("days") == true)
        #expect(RetentionPolicy(days: 1, bytes: 10).complaint?.contains("bytes") == true)
    }
}
