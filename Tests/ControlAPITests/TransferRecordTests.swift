import Basics
import Foundation
import Testing

@testable import ControlAPI

struct TransferRecordTests {
    @Test func recordsSurviveTheRoundTrip() throws {
        var record = TransferRecord(
            id: "3f0a3b0e-95a0-4c5c-8d61-0e6a6c1b8a11",
            sentence: "smile \"more\" ☺",
            face: 2,
            aligned: false,
            request: "smiling up by 1",
            created: Date(timeIntervalSince1970: 1_700_000_000.125)
        )
        record.seconds = ["inverting": 61.5]
        record.inversion = .init(lpips: 0.231, mse: 0.04, steps: 110)
        record.edit = .init(attribute: "smiling", degreeBefore: 5, degreeExpected: 0, degreeAfter: 0, steps: 9)
        record.requests = [.init(request: "smiling to 0", span: "no smile")]
        record.edits = [.init(attribute: "smiling", degreeBefore: 5, degreeExpected: 0, degreeAfter: 0, steps: 9)]
        record.signal = .init(
            reals: 512,
            symbols: 256,
            pilots: 64,
            sideInformationBits: 3000,
            edge: 1024,
            deadline: record.created
        )
        record.reception = .init(snrDecibels: 11.9, erasures: 3, pictureDigest: "00ff")
        record.failure = .init(code: "internal", message: "none")
        let bytes = try DatedJSON.encode(record)
        #expect(try DatedJSON.decode(TransferRecord.self, from: bytes) == record)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("\"degreeBefore\":5"))
        #expect(text.contains("\"snrDecibels\":11.9"))
    }

    @Test func recordsOfOldHaveOneEdit() throws {
        let old = """
            {"aligned":false,"created":"2026-11-01T10:00:00.000Z","updated":"2026-11-01T10:00:00.000Z","id":"3f0a3b0e",
            "photoDigest":"00","request":"smiling to 0","seconds":{},"sentence":"no smile","state":"acknowledged",
            "edit":{"attribute":"smiling","degreeBefore":4,"degreeExpected":0,"degreeAfter":0,"steps":3}}
            """
        let record = try DatedJSON.decode(TransferRecord.self, from: Array(old.utf8))
        #expect(record.requests == nil && record.edits == nil && record.edit?.degreeBefore == 4)
    }

    @Test func bandwidthRatiosCountWhatTheySay() {
        let signal = TransferRecord.Signal(
            reals: 512,
            symbols: 256,
            pilots: 64,
            sideInformationBits: 1000,
            edge: 128,
            deadline: Date()
        )
        let values = 128.0 * 128 * 3
        #expect(signal.cbrReals == 512 / values)
        #expect(signal.cbrSymbols == 256 / values)
        #expect(signal.cbrTotal == (256 + 64 + 500) / values)
    }

    @Test(arguments: [
        (4, 3, 3, TransferRecord.Edit.Outcome.done, nil), (5, 5, 5, .already, "as far as it goes"),
        (2, 2, 2, .already, "2 already: nothing"), (1, 4, 3, .partly, "came to 3, not to 4"),
        (3, 4, 3, .unmoved, "does not go to 4"),
    ])
    func anEditSaysHowItWent(
        before: Int,
        expected: Int,
        after: Int,
        outcome: TransferRecord.Edit.Outcome,
        doubt: String?
    ) throws {
        let edit = TransferRecord.Edit(
            attribute: "smiling",
            degreeBefore: before,
            degreeExpected: expected,
            degreeAfter: after,
            steps: 1
        )
        #expect(edit.outcome == outcome)
        #expect(edit.doubt?.contains(doubt ?? "nothing at all") ?? (doubt == nil))
        let held = TransferRecord.Edit(
            attribute: "smiling",
            degreeBefore: before,
            degreeExpected: expected,
            degreeAfter: after,
            steps: 1,
            isHeldBack: true
        )
        let isShort = [.partly, .unmoved].contains(outcome)
        #expect(held.doubt?.contains("hardly be the same person") ?? false == isShort)
        let old = #"{"attribute":"smiling","degreeBefore":5,"degreeExpected":5,"degreeAfter":5,"steps":0}"#
        #expect(try DatedJSON.decode(TransferRecord.Edit.self, from: Array(old.utf8)).doubt == nil)
    }
}
