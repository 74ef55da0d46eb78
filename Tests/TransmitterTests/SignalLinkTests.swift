import ControlAPI
import Foundation
import Logging
import SemanticCoding
import ServiceKit
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Transmitter

private final class Attempts: Sendable {
    let all = Mutex<[Int]>([])
}

struct SignalLinkTests {
    let directory: TemporaryDirectory
    let key: PreSharedKey
    let codeWord = CodeWord(
        reals: (0..<512).map { Float(sin(Double($0))) },
        modelDigest: [UInt8](repeating: 5, count: 32),
        mode: .full,
        designSNR: -3
    )

    init() throws {
        directory = try TemporaryDirectory()
        key = try PreSharedKey(bytes: (0..<32).map { UInt8($0) })
    }

    private func record() -> TransferRecord {
        TransferRecord(
            id: UUID().uuidString.lowercased(),
            sentence: "smile",
            face: nil,
            aligned: false,
            request: "smiling up",
            created: Date()
        )
    }

    private func settings(peer: String, retry: Double, expire: Double, more: String = "") throws -> LinkSettings {
        struct File: ValidatedConfiguration {
            let link: LinkSettings
            var complaint: String? { link.complaint }
        }
        let text = """
            [link]
            listen = "127.0.0.1:0"
            peer = "\(peer)"
            first_retry_seconds = \(retry)
            longest_retry_seconds = \(retry * 2)
            expire_seconds = \(expire)
            \(more)
            """
        return try ConfigurationFile.decode(File.self, text: text, path: "test").link
    }

    private func link(_ settings: LinkSettings, readiness: Readiness = Readiness()) async throws -> SignalLink {
        try SignalLink(
            socket: await DatagramSocket.bind(settings.listen),
            settings: settings,
            keys: KeyRing([.init(name: "receiver", keys: [key])]),
            identityFile: directory.path + "/link.json",
            replayFile: directory.path + "/replay.json",
            resolution: 256,
            readiness: readiness,
            metrics: TransmitterMetrics(registry: PrometheusRegistry()),
            disk: WorkThread(name: "disk"),
            logger: Logger(label: "test")
        )
    }

    private func running<Result: Sendable>(_ link: SignalLink, _ body: () async throws -> Result) async throws -> Result
    {
        let group = ServiceGroup(services: [link], logger: Logger(label: "test"))
        let running = Task { try await group.run() }
        let result = try await body()
        await group.triggerGracefulShutdown()
        try await running.value
        return result
    }

    /// Runs a link towards a receiver that answers as told.
    private func withLink<Result: Sendable>(
        retry: Double = 100,
        expire: Double = 600,
        more: String = "",
        answer: @escaping @Sendable (Int) -> TransferReport.Status?,
        _ body: (SignalLink, TestReceiver) async throws -> Result
    ) async throws -> Result {
        let receiver = try await TestReceiver(key: key, answer: answer)
        await receiver.start()
        let settings = try settings(peer: "127.0.0.1:\(receiver.socket.port)", retry: retry, expire: expire, more: more)
        let link = try await link(settings)
        let result = try await running(link) { try await body(link, receiver) }
        await receiver.stop()
        return result
    }

    @Test func anAcknowledgementEndsIt() async throws {
        let record = record()
        let attempts = Attempts()
        let (outcome, transmissions) = try await withLink(answer: { _ in .decoded }) { link, receiver in
            let outcome = try await link.send(codeWord, for: record) { progress in
                guard case .sending(let signal) = progress else { return }
                attempts.all.withLock { $0.append(signal.attempts) }
            }
            return (outcome, await receiver.transmissions)
        }
        #expect(
            outcome
                == .acknowledged(
                    .init(
                        snrDecibels: 12.5,
                        erasures: 3,
                        pictureDigest: String(repeating: "ab", count: 32),
                        place: "as told"
                    )
                )
        )
        #expect(attempts.all.withLock { $0 } == [1])
        let side = try #require(transmissions.first?.side)
        #expect(side.transferID.uuidString.lowercased() == record.id)
        #expect(side.modelDigest == [UInt8](repeating: 5, count: 8))
        #expect(side.designSNR == -3 && side.isMatched)
        #expect(side.edge == 256)
        #expect(transmissions.first?.erasedCount == 0)
    }

    /// A draft is sent once, whatever becomes of it, is told from what follows it, and asks for a small picture.
    @Test func aDraftIsSentOnce() async throws {
        let draft = CodeWord(
            reals: codeWord.reals,
            modelDigest: codeWord.modelDigest,
            mode: .linear,
            isDraft: true
        )
        for answer in [TransferReport.Status.decoded, .repeatRequested, .failed] {
            let (outcome, sides) = try await withLink(answer: { _ in answer }) { link, receiver in
                let outcome = try await link.send(draft, for: record()) { _ in }
                return (outcome, await receiver.transmissions.map(\.side))
            }
            #expect(sides.count == 1 && sides[0].isDraft && !sides[0].isMatched && sides[0].edge == 128)
            if answer != .decoded { #expect(outcome == .expired) }
        }
    }

    @Test func theWaveformIsToldAndItsPrefixesCounted() async throws {
        let signals = Mutex<[TransferRecord.Signal]>([])
        let sides = try await withLink(more: "waveform = \"ofdm\"", answer: { _ in .decoded }) { link, receiver in
            _ = try await link.send(codeWord, for: record()) { progress in
                guard case .sending(let signal) = progress else { return }
                signals.withLock { $0.append(signal) }
            }
            return await receiver.transmissions.map(\.side)
        }
        let (side, signal) = (try #require(sides.first), try #require(signals.withLock { $0.first }))
        #expect(side.waveform == .ofdm && side.symbolCount == 400)
        #expect(signal.waveform == "ofdm" && signal.pilots == 64)
        let values = 256.0 * 256 * 3
        #expect(abs(signal.cbrTotal * values - 400 - Double(signal.sideInformationBits) / 2) < 1e-6)
        #expect(throws: (any Error).self) {
            try settings(peer: "127.0.0.1:4991", retry: 1, expire: 9, more: "waveform = \"chirp\"")
        }
    }

    @Test func silenceMeansAgain() async throws {
        let (outcome, sides) = try await withLink(retry: 0.05, answer: { $0 < 3 ? nil : .decoded }) { link, receiver in
            (try await link.send(codeWord, for: record()) { _ in }, await receiver.transmissions.map(\.side))
        }
        guard case .acknowledged = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(sides.prefix(3).map(\.attempt) == [1, 2, 3])
        #expect(Set(sides.map(\.signalStreamID)).count == sides.count)
        #expect(Set(sides.map(\.transferID)).count == 1)
    }

    @Test func aRequestForARepeatAndAFailureMeanAgain() async throws {
        let outcome = try await withLink(
            retry: 0.05,
            answer: { $0 == 1 ? .repeatRequested : $0 == 2 ? .failed : .decoded }
        ) {
            link,
            _ in
            try await link.send(codeWord, for: record()) { _ in }
        }
        guard case .acknowledged = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test func aReceiverThatKeepsAskingForARepeatDoesNotBreakTheSchedule() async throws {
        let (outcome, count) = try await withLink(retry: 0.4, expire: 2, answer: { _ in .repeatRequested }) {
            link,
            receiver in
            (try await link.send(codeWord, for: record()) { _ in }, await receiver.transmissions.count)
        }
        #expect(outcome == .expired)
        // At 0, once more at once, then after 0.4 s, 0.8 s and 0.8 s; a slow machine sends less.
        #expect((2...5).contains(count))
    }

    @Test func everyTransmissionHasALayoutOfItsOwn() async throws {
        let sides = try await withLink(retry: 0.05, answer: { $0 < 4 ? nil : .decoded }) { link, receiver in
            _ = try await link.send(codeWord, for: record()) { _ in }
            return await receiver.transmissions.map(\.side)
        }
        #expect(Set(sides.map(\.layoutSeed)).count == sides.count)
    }

    @Test func aPeerThatCannotBeReachedIsTroubleAndNoEnd() async throws {
        let troubles = Mutex<[String?]>([])
        let readiness = Readiness()
        let settings = try settings(peer: "rx.invalid:4991", retry: 0.1, expire: 1.5)
        let link = try await link(settings, readiness: readiness)
        let outcome = try await link.send(codeWord, for: record()) { progress in
            guard case .trouble(let trouble) = progress else { return }
            troubles.withLock { $0.append(trouble) }
        }
        #expect(outcome == .expired)
        #expect(troubles.withLock { $0 }.count > 2)
        #expect(troubles.withLock { $0 }.allSatisfy { $0?.contains("rx.invalid") == true })
        // Nothing waits any more.
        #expect(readiness.complaints.isEmpty)
    }

    @Test func aRefusalIsFinal() async throws {
        let outcome = try await withLink(answer: { _ in .refused }) { link, _ in
            try await link.send(codeWord, for: record()) { _ in }
        }
        #expect(outcome == .failed(.init(code: "refused", message: "the receiver refused it: as told")))
    }

    @Test func withoutAnAnswerItExpires() async throws {
        let (outcome, count) = try await withLink(retry: 0.05, expire: 1, answer: { _ in nil }) { link, receiver in
            (try await link.send(codeWord, for: record()) { _ in }, await receiver.transmissions.count)
        }
        #expect(outcome == .expired)
        #expect(count >= 1)
    }

    @Test func anExpiredTransferIsNotSentAfterARestart() async throws {
        var record = record()
        record.signal = .init(
            reals: 512,
            symbols: 256,
            pilots: 64,
            sideInformationBits: 0,
            edge: 256,
            deadline: Date() - 1
        )
        let (outcome, count) = try await withLink(answer: { _ in .decoded }) { [record] link, receiver in
            (try await link.send(codeWord, for: record) { _ in }, await receiver.transmissions.count)
        }
        #expect(outcome == .expired)
        #expect(count == 0)
    }

    @Test func cancellingEndsIt() async throws {
        try await withLink(answer: { _ in nil }) { link, _ in
            let task = Task { [codeWord, record = record()] in
                try await link.send(codeWord, for: record) { _ in }
            }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
    }

    @Test func theFirstReportAfterARestartCounts() async throws {
        let receiver = try await TestReceiver(key: key) { _ in .decoded }
        await receiver.start()
        let settings = try settings(peer: "127.0.0.1:\(receiver.socket.port)", retry: 100, expire: 30)
        for _ in 0..<4 {
            let link = try await link(settings)
            let outcome = try await running(link) { try await link.send(codeWord, for: record()) { _ in } }
            guard case .acknowledged = outcome else {
                Issue.record("\(outcome)")
                break
            }
        }
        #expect(await receiver.transmissions.count == 4)
        await receiver.stop()
    }

    @Test func numbersGoOnAfterARestart() async throws {
        for expected in [UInt32(1), 2] {
            let side = try await withLink(answer: { _ in .decoded }) { link, receiver in
                _ = try await link.send(codeWord, for: record()) { _ in }
                return await receiver.transmissions.first?.side
            }
            #expect(side?.signalStreamID == expected)
        }
    }
}
