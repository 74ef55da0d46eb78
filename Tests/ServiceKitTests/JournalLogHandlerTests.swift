import Foundation
import Logging
import Testing

@testable import ServiceKit

struct JournalLogHandlerTests {
    private func fields(_ level: Logger.Level = .info, _ metadata: Logger.Metadata = [:]) -> [String] {
        JournalLogHandler.fields(level: level, label: "rx-daemon", message: "received", metadata: metadata)
    }

    @Test func aTransferIsAFieldAndStaysInTheMessage() {
        #expect(
            fields(.info, ["transfer": "abc", "snr_db": "12.0"]) == [
                "MESSAGE=received snr_db=12.0 transfer=abc", "PRIORITY=6", "SYSLOG_IDENTIFIER=rx-daemon",
                "DEEPSC_SNR_DB=12.0", "TRANSFER_ID=abc",
            ]
        )
    }

    @Test func prioritiesAreSyslogs() {
        let priorities = Logger.Level.allCases.map { fields($0)[1] }
        #expect(priorities == [7, 7, 6, 5, 4, 3, 2].map { "PRIORITY=\($0)" })
    }

    @Test func noMetadataKeyMakesAFieldTheJournalRefusesOrAnothersField() {
        let long = String(repeating: "k", count: 99)
        let odd = fields(.info, ["hb.request.id": "1", "PRIORITY": "0", "é=\n": "2", long: ""])
        let names = odd.compactMap { $0.split(separator: "=").first }.dropFirst(3)
        #expect(names.count == 4)
        for name in names {
            #expect(name.hasPrefix("DEEPSC_") && name.count <= 64)
            #expect(name.allSatisfy { $0.isASCII && ($0.isUppercase || $0.isNumber || $0 == "_") })
        }
        #expect(names.contains("DEEPSC_HB_REQUEST_ID"))
    }

    @Test func theJournalIsKnownByDeviceAndInode() {
        var information = stat()
        #expect(fstat(STDERR_FILENO, &information) == 0)
        let stream = "\(information.st_dev):\(information.st_ino)"
        #expect(JournalLogHandler.isStandardErrorTheJournal(["JOURNAL_STREAM": stream]))
        #expect(!JournalLogHandler.isStandardErrorTheJournal(["JOURNAL_STREAM": stream + "1"]))
        #expect(!JournalLogHandler.isStandardErrorTheJournal([:]))
    }
}
