import ControlAPI
import ServiceKit
import Testing

@testable import Transmitter

struct UpdateFeedTests {
    private func update(_ state: TransferState, _ fraction: Double = 0) -> TransferUpdate {
        TransferUpdate(id: "a", state: state, fraction: fraction, note: "")
    }

    @Test func watchersHearTheLatestThenAllThenTheEnd() async {
        let feed = UpdateFeed()
        feed.publish(update(.aligning))
        feed.publish(update(.inverting, 0.5))
        let early = feed.watch("a")
        feed.publish(update(.inverting, 0.6))
        let late = feed.watch("a")
        feed.publish(TransferUpdate(id: "b", state: .editing, fraction: 0, note: ""))
        feed.publish(update(.failed, 1))
        var heard: [TransferUpdate] = []
        for await update in early { heard.append(update) }
        #expect(heard == [update(.inverting, 0.5), update(.inverting, 0.6), update(.failed, 1)])
        heard = []
        for await update in late { heard.append(update) }
        #expect(heard == [update(.inverting, 0.6), update(.failed, 1)])
    }

    @Test func aSlowWatcherMissesSomeButNotTheEnd() async {
        let feed = UpdateFeed()
        let slow = feed.watch("a")
        for step in 0..<1000 { feed.publish(update(.inverting, Double(step) / 1000)) }
        feed.publish(update(.acknowledged, 1))
        var heard: [TransferUpdate] = []
        for await update in slow { heard.append(update) }
        #expect(heard.count <= 16)
        #expect(heard.last == update(.acknowledged, 1))
    }
}
