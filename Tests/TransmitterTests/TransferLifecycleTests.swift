import ControlAPI
import Foundation
import ServiceKit
import Testing

@testable import Transmitter

struct TransferLifecycleTests {
    private let now = Date(timeIntervalSince1970: 1_700_000_000)
    private static let reception = TransferRecord.Reception(snrDecibels: 12, erasures: 0, pictureDigest: "ab")
    private static let failure = TransferRecord.Failure(code: "internal", message: "why")

    private func record(_ state: TransferState) -> TransferRecord {
        var record = TransferRecord(
            id: "3f0a3b0e-95a0-4c5c-8d61-0e6a6c1b8a11",
            sentence: "smile",
            face: nil,
            aligned: false,
            request: "smiling up",
            created: now
        )
        record.state = state
        return record
    }

    @Test func goesThroughAllStagesInOrder() throws {
        var record = record(.queued)
        for stage in [TransferState.aligning, .inverting, .editing, .sending] {
            try record.apply(.began(stage), at: now)
            #expect(record.state == stage)
        }
        try record.apply(.acknowledged(Self.reception), at: now + 5)
        #expect(record.state == .acknowledged)
        #expect(record.reception == Self.reception)
        #expect(record.updated == now + 5)
    }

    @Test(arguments: TransferState.allCases, TransferState.allCases)
    func aStageBeginsOnlyAfterTheOneBeforeOrAgain(from: TransferState, to: TransferState) {
        let order: [TransferState] = [.queued, .aligning, .inverting, .editing, .sending]
        var record = record(from)
        let allowed =
            if let here = order.firstIndex(of: from), let there = order.firstIndex(of: to) {
                there == here || there == here + 1
            } else {
                false
            }
        do {
            try record.apply(.began(to), at: now)
            #expect(allowed)
            #expect(record.state == to)
        } catch {
            #expect(!allowed)
            #expect(record.state == from)
        }
    }

    @Test(arguments: TransferState.allCases)
    func onlyWhatIsOnTheAirIsAcknowledgedOrExpires(state: TransferState) {
        for event in [TransferEvent.acknowledged(Self.reception), .expired] {
            var record = record(state)
            if state == .sending {
                #expect(throws: Never.self) { try record.apply(event, at: now) }
                #expect(record.state.isFinal)
            } else {
                #expect(throws: LifecycleError.self) { try record.apply(event, at: now) }
                #expect(record == self.record(state))
            }
        }
    }

    @Test(arguments: TransferState.allCases)
    func everythingUnfinishedCanFailAndBeCancelledAndNothingElse(state: TransferState) {
        for event in [TransferEvent.failed(Self.failure), .cancelled] {
            var record = record(state)
            if state.isFinal {
                #expect(throws: LifecycleError.self) { try record.apply(event, at: now) }
                #expect(record == self.record(state))
            } else {
                #expect(throws: Never.self) { try record.apply(event, at: now) }
                #expect(record.state == (event == .cancelled ? .cancelled : .failed))
            }
        }
    }
}
