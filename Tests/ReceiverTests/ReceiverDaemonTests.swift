import Basics
import Channel
import ControlAPI
import Crypto
import Foundation
import Imaging
import Logging
import NIOCore
import SemanticCoding
import ServiceKit
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Receiver

/// Draws a picture of one colour, and counts how often.
final class QuickDecoder: SemanticDecoder {
    struct Broken: Error {}

    let maximumDimension = 2048
    let calls = Atomic(0)
    let failures: Int
    /// What the first picture is refused with.
    let refusal: DecodingRefusal?
    let lastDigest = Mutex<[UInt8]>([])
    /// Probabilities of the same person in the first pictures, and the degree of smiling; sure of both in later ones.
    let chances: [Double]
    let smiles: [Int]
    let lastValues = Mutex<[Float]>([])
    let lastErased = Atomic(0)
    let goesOn: Bool
    let lastBase = Mutex<CodeKnowledge?>(nil)

    init(
        failures: Int = 0,
        refusal: DecodingRefusal? = nil,
        chances: [Double] = [],
        smiles: [Int] = [],
        goesOn: Bool = false
    ) {
        self.goesOn = goesOn
        (self.failures, self.refusal, self.chances, self.smiles) = (failures, refusal, chances, smiles)
    }

    func reload() {}

    func hasAdapters(digest: [UInt8]) -> Bool { digest == [UInt8](repeating: 9, count: 8) }

    func decode(
        _ received: ReceivedCodeWord,
        resolution: Int,
        checkpoint: () throws -> Void
    ) throws -> DecodedPicture {
        let (values, noiseVariance) = (received.values, received.noiseVariance)
        let call = calls.add(1, ordering: .sequentiallyConsistent).newValue
        if call <= failures { throw Broken() }
        if call == 1, let refusal { throw refusal }
        lastDigest.withLock { $0 = received.modelDigest }
        lastBase.withLock { $0 = received.base }
        lastValues.withLock { $0 = values }
        lastErased.store(noiseVariance.count { !$0.isFinite }, ordering: .sequentiallyConsistent)
        let pixels = [UInt8](repeating: UInt8(76 + call), count: resolution * resolution * 3)
        return DecodedPicture(
            picture: Picture(width: resolution, height: resolution, pixels: pixels),
            code: values,
            variances: goesOn ? values.map { $0 * $0 } : [],
            likeness: ExpectedLikeness(lpips: 0.25, samePerson: call <= chances.count ? chances[call - 1] : 1),
            degrees: ["smiling": call <= smiles.count ? smiles[call - 1] : 3]
        )
    }
}

private struct TestDaemon: Service {
    let configuration: ReceiverConfiguration
    let decoders: [[UInt8]: any SemanticDecoder]
    let keys: KeyRing
    let maths: WorkThread

    func run() async throws {
        try await ReceiverDaemon(configuration).run(
            decoders: decoders,
            keys: keys,
            maths: maths
        )
    }
}

struct ReceiverDaemonTests {
    let directory: TemporaryDirectory
    let key: PreSharedKey
    let id = UUID()

    init() throws {
        directory = try TemporaryDirectory()
        let digits = String(repeating: "0123456789abcdef", count: 4)
        try AtomicFile.write(Array(digits.utf8), to: directory.path + "/key", mode: 0o600)
        key = try PreSharedKey.parse(Array(digits.utf8))
    }

    /// Runs the daemon with a quick decoder and a transmitter that talks to it.
    func withDaemon(
        _ decoder: QuickDecoder,
        others: [[UInt8]: any SemanticDecoder] = [:],
        senderID: UInt64 = 7,
        resolution: String = "",
        limits: String = "",
        keys: KeyRing? = nil,
        _ body: (TestTransmitter) async throws -> Void
    ) async throws {
        let ready = directory.path + "/ready"
        try? FileManager.default.removeItem(atPath: ready)
        let text = """
            models = "unused"
            results = "\(directory.path)/results"
            results_socket = "\(directory.path)/rx.sock"
            ready_file = "\(ready)"
            \(resolution)
            [[peers]]
            name = "studio"
            keys = ["\(directory.path)/key"]
            [link]
            listen = "127.0.0.1:0"
            assembly_seconds = 0.3
            \(limits)
            """
        let keys = try keys ?? KeyRing([.init(name: "studio", keys: [key])])
        let configuration = try ConfigurationFile.decode(ReceiverConfiguration.self, text: text, path: "test")
        let maths = WorkThread(name: "maths")
        let daemon = TestDaemon(
            configuration: configuration,
            decoders: others.merging([TestTransmitter.bundle: decoder]) { first, _ in first },
            keys: keys,
            maths: maths
        )
        let group = ServiceGroup(services: [daemon], logger: Logger(label: "test"))
        let running = Task { try await group.run() }
        while !FileManager.default.fileExists(atPath: ready) { try await Task.sleep(for: .milliseconds(5)) }
        let port = try #require(DatedJSON.decode(Daemon.Ready.self, from: AtomicFile.read(ready)).udpPort)
        let transmitter = try await TestTransmitter(key: key, port: port, senderID: senderID)
        try await body(transmitter)
        await transmitter.close()
        await group.triggerGracefulShutdown()
        try await running.value
        maths.stop()
    }

    private func result(_ file: String) -> String {
        "\(directory.path)/results/\(id.uuidString.lowercased())/\(file)"
    }

    private var results: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: directory.path + "/results").filter {
                !$0.hasPrefix(".")
            }
        }
    }

    /// What has arrived can be read on the socket, and nothing else can be done there.
    @Test func resultsAreReadOnTheSocket() async throws {
        let client = ControlClient(socket: directory.path + "/rx.sock", daemon: "rx-daemon")
        let name = id.uuidString.lowercased()
        try await withDaemon(QuickDecoder()) { transmitter in
            let before = try await client.ask(.GET, "/v1/status", as: ReceiverStatus.self)
            #expect(before.receptions == 0 && before.troubles.isEmpty && before.pid == getpid())
            #expect(try await client.ask(.GET, "/v1/receptions", as: ReceptionList.self).receptions.isEmpty)
            await refused(404) { try await client.bytes(.GET, "/v1/receptions/\(name)/picture") }
            let other = UUID()
            for id in [id, other] {
                try transmitter.send(id)
                #expect(try await transmitter.report().status == .decoded)
            }
            let all = try await client.ask(.GET, "/v1/receptions", as: ReceptionList.self).receptions
            #expect(all.map(\.id) == [other.uuidString.lowercased(), name])
            let latest = try await client.ask(.GET, "/v1/receptions?limit=1", as: ReceptionList.self).receptions
            #expect(latest == [all[0]])
            #expect(try await client.ask(.GET, "/v1/receptions/\(name)", as: ReceivedTransfer.self) == all[1])
            let picture = try await client.bytes(.GET, "/v1/receptions/\(name)/picture")
            #expect(picture == (try AtomicFile.read(result("picture.png"))))
            #expect(SHA256.hash(data: picture).hexadecimal == all[1].pictureDigest)
            let signal = try await client.ask(.GET, "/v1/receptions/\(name)/signal", as: ReceivedSignal.self)
            #expect(signal.symbols.count + signal.pilots.count == all[1].symbols && !signal.pilots.isEmpty)
            // No channel between: the gain is 1, and the symbols' mean power too.
            #expect(signal.pilots.allSatisfy { abs($0[0] - 1) < 0.02 && abs($0[1]) < 0.02 })
            let power = signal.symbols.reduce(0) { $0 + $1[0] * $1[0] + $1[1] * $1[1] } / Float(signal.symbols.count)
            #expect(abs(power - 1) < 0.05)
            await refused(400) { try await client.bytes(.GET, "/v1/receptions/..%2F..%2Fkey/picture") }
            await refused(400) { try await client.bytes(.GET, "/v1/receptions?limit=-1") }
            await refused(404) { try await client.bytes(.DELETE, "/v1/receptions/\(name)") }
            try FileManager.default.removeItem(atPath: result("picture.png"))
            await refused(404) { try await client.bytes(.GET, "/v1/receptions/\(name)/picture") }
        }
    }

    /// A draft is drawn and acknowledged as one; the final picture takes its place, and no later draft takes that of it.
    @Test func theFinalPictureTakesTheDraftsPlace() async throws {
        // Both would be doubtful: another copy of a draft is asked for by nobody.
        let decoder = QuickDecoder(chances: [0.2])
        try await withDaemon(decoder) { transmitter in
            try transmitter.send(id, isDraft: true)
            var report = try await transmitter.report()
            #expect(report.status == .decoded && report.isDraft && report.quality?.isDoubtful == true)
            var record = try DatedJSON.decode(ReceivedTransfer.self, from: AtomicFile.read(result("transfer.json")))
            #expect(record.isDraft == true && record.doubts != nil)
            try transmitter.send(id, attempt: 2, isDraft: true)
            report = try await transmitter.report()
            #expect(report.status == .decoded && report.isDraft && decoder.calls.load(ordering: .relaxed) == 1)
            try transmitter.send(id, attempt: 3)
            report = try await transmitter.report()
            #expect(report.status == .decoded && !report.isDraft && decoder.calls.load(ordering: .relaxed) == 2)
            record = try DatedJSON.decode(ReceivedTransfer.self, from: AtomicFile.read(result("transfer.json")))
            #expect(record.isDraft == nil && record.doubts == nil && record.transmissions == 1)
            try transmitter.send(id, attempt: 4, isDraft: true)
            report = try await transmitter.report()
            #expect(report.status == .decoded && report.isDraft && decoder.calls.load(ordering: .relaxed) == 2)
            #expect(try results == [id.uuidString.lowercased()])
        }
    }

    func refused(_ status: UInt, _ body: () async throws -> some Any) async {
        let error = await #expect(throws: ControlClientError.self) { _ = try await body() }
        // An answer without JSON in it is one as well: Hummingbird's own for a route that is not there.
        #expect(error?.cause == .refused(status: status) || error?.description.contains("\(status)") == true)
    }

    /// A doubtful picture: other copies are asked for and combined, until there are enough of them.
    @Test func doubtfulPicturesAreAskedForAgain() async throws {
        let decoder = QuickDecoder(chances: [0.2, 0.3], smiles: [3, 3])
        try await withDaemon(decoder) { transmitter in
            for (attempt, chance) in [(1, 20), (2, 30)] {
                try transmitter.send(id, attempt: UInt16(attempt))
                let report = try await transmitter.report()
                #expect(report.status == .repeatRequested && report.note.contains("\(chance) %"))
                #expect(try results.isEmpty)
            }
            try transmitter.send(id, attempt: 3)
            let report = try await transmitter.report()
            #expect(report.status == .decoded && report.quality?.samePerson == 1)
            #expect(report.quality?.degrees == [nil, nil, nil, 3, nil] && report.quality?.isDoubtful == false)
        }
        let record = try DatedJSON.decode(ReceivedTransfer.self, from: AtomicFile.read(result("transfer.json")))
        #expect(record.transmissions == 3 && record.doubts == nil && record.likeness?.samePerson == 1)
    }

    /// What is doubtful after all copies is delivered and marked, or withheld: never silently.
    @Test(arguments: [false, true]) func doubtsAreToldOrWithheld(withholds: Bool) async throws {
        let decoder = QuickDecoder(chances: [0.2, 0.3], smiles: [0, 0])
        let quality = "[quality]\nmax_copies = 2\nwithhold = \(withholds)"
        try await withDaemon(decoder, limits: quality) { transmitter in
            try transmitter.send(id, edit: .init(attribute: 3, degree: 4))
            #expect(try await transmitter.report().status == .repeatRequested)
            try transmitter.send(id, attempt: 2, edit: .init(attribute: 3, degree: 4))
            let report = try await transmitter.report()
            #expect(report.status == (withholds ? .withheld : .decoded))
            #expect(report.quality?.isDoubtful == true && report.quality?.lacksEdit == true)
            // Another copy of what is over changes nothing.
            try transmitter.send(id, attempt: 3, edit: .init(attribute: 3, degree: 4))
            #expect(try await transmitter.report().status == report.status)
        }
        let record = try DatedJSON.decode(ReceivedTransfer.self, from: AtomicFile.read(result("transfer.json")))
        #expect(
            record.doubts?.isWithheld == withholds && record.doubts?.words.contains("smiling 0 instead of 4") == true
        )
        #expect(FileManager.default.fileExists(atPath: result("picture.png")) == !withholds)
    }

    /// A degree beside the wanted one is as good as that.
    @Test func theEditMayBeADegreeOff() async throws {
        try await withDaemon(QuickDecoder(smiles: [4])) { transmitter in
            try transmitter.send(id, edit: .init(attribute: 3, degree: 5))
            let report = try await transmitter.report()
            #expect(report.status == .decoded && report.quality?.lacksEdit == false)
        }
    }

    @Test func drawsKeepsAndAcknowledges() async throws {
        let decoder = QuickDecoder()
        try await withDaemon(decoder) { transmitter in
            try transmitter.send(id)
            let report = try await transmitter.report()
            #expect(report.status == .decoded)
            #expect(report.transferID == id)
            #expect(report.symbolsErased == 0)
            let picture = try AtomicFile.read(result("picture.png"))
            #expect(report.resultDigest == Array(SHA256.hash(data: picture)))
            #expect(try PictureFile.decode(picture).width == 128)
        }
        // 16 bits a component leave the code word as it was, but for rounding.
        let error = zip(decoder.lastValues.withLock { $0 }, TestTransmitter.reals).map { abs($0 - $1) }.max() ?? 1
        #expect(error < 0.01)
        let record: ReceivedTransfer = try DatedJSON.decode(from: AtomicFile.read(result("transfer.json")))
        #expect(record.symbols == 320)
        #expect(record.snrDecibels > 40)
        #expect(FileManager.default.fileExists(atPath: result("code.safetensors")))
    }

    @Test func theReceiverMayChooseTheResolution() async throws {
        try await withDaemon(QuickDecoder(), resolution: "resolution = 256") { transmitter in
            try transmitter.send(id)
            #expect(try await transmitter.report().status == .decoded)
        }
        #expect(try PictureFile.decode(AtomicFile.read(result("picture.png"))).width == 256)
        let record: ReceivedTransfer = try DatedJSON.decode(from: AtomicFile.read(result("transfer.json")))
        #expect(record.resolution == 256)
        await #expect(throws: ConfigurationError.self) {
            try await withDaemon(QuickDecoder(), resolution: "resolution = 300") { _ in }
        }
    }

    @Test func drawsARepeatedTransferOnce() async throws {
        let decoder = QuickDecoder()
        try await withDaemon(decoder) { transmitter in
            try transmitter.send(id)
            let first = try await transmitter.report()
            try transmitter.send(id, attempt: 2)
            let second = try await transmitter.report()
            #expect(second.status == .decoded)
            #expect(second.attempt == 2)
            #expect(second.resultDigest == first.resultDigest)
        }
        try await withDaemon(decoder, senderID: 8) { transmitter in
            try transmitter.send(id, attempt: 3)
            #expect(try await transmitter.report().status == .decoded)
        }
        #expect(decoder.calls.load(ordering: .sequentiallyConsistent) == 1)
        #expect(try results == [id.uuidString.lowercased()])
    }

    @Test func refusesOtherModelsAndOddPictures() async throws {
        let decoder = QuickDecoder()
        try await withDaemon(decoder) { transmitter in
            try transmitter.send(id, bundle: [UInt8](repeating: 6, count: 32))
            let report = try await transmitter.report()
            #expect(report.status == .refused)
            #expect(report.note.contains("models"))
            try transmitter.send(UUID(), edge: 300)
            #expect(try await transmitter.report().status == .refused)
        }
        #expect(decoder.calls.load(ordering: .sequentiallyConsistent) == 0)
        #expect(try results.isEmpty)
    }

    /// What may work later is asked for again; what will not is refused.
    @Test(arguments: [true, false]) func aDecodersRefusalIsTold(isTemporary: Bool) async throws {
        let decoder = QuickDecoder(refusal: DecodingRefusal("the process is away", isTemporary: isTemporary))
        try await withDaemon(decoder) { transmitter in
            try transmitter.send(id)
            let report = try await transmitter.report()
            #expect(report.status == (isTemporary ? .failed : .refused) && report.note == "the process is away")
            try transmitter.send(id, attempt: 2)
            #expect(try await transmitter.report().status == .decoded)
        }
    }

    /// A decoder that is there for any digest is told which one it is.
    @Test func aDecoderMayLookAtDigestsItself() async throws {
        let (decoder, anybody) = (QuickDecoder(), QuickDecoder())
        let bundle = [UInt8](repeating: 6, count: 32)
        try await withDaemon(decoder, others: [[]: anybody]) { transmitter in
            try transmitter.send(id, bundle: bundle)
            #expect(try await transmitter.report().status == .decoded)
        }
        #expect(decoder.calls.load(ordering: .sequentiallyConsistent) == 0)
        #expect(anybody.lastDigest.withLock { $0 } == Array(bundle.prefix(SideInformation.digestSize)))
    }

    @Test func refusesMoreRealsThanAnyCodeHas() async throws {
        let decoder = QuickDecoder()
        try await withDaemon(decoder) { transmitter in
            try transmitter.send(id, reals: 4096)
            let report = try await transmitter.report()
            #expect(report.status == .refused)
            #expect(report.note == "4096 reals are more than the longest code that the receiver draws: 2048")
            try transmitter.send(UUID(), reals: 2048)
            #expect(try await transmitter.report().status == .decoded)
        }
        #expect(decoder.calls.load(ordering: .sequentiallyConsistent) == 1)
    }

    @Test func eachKindOfCodeHasItsDecoder() async throws {
        let decoder = QuickDecoder()
        let other = QuickDecoder()
        let bundle = [UInt8](repeating: 6, count: 32)
        try await withDaemon(decoder, others: [bundle: other]) { transmitter in
            // Too much lost of a code of one kind, then one of another kind comes: they are not put together.
            try transmitter.send(id) { $0 < 3 }
            #expect(try await transmitter.report().status == .repeatRequested)
            try transmitter.send(id, attempt: 2, bundle: bundle)
            #expect(try await transmitter.report().status == .decoded)
        }
        #expect(decoder.calls.load(ordering: .sequentiallyConsistent) == 0)
        #expect(other.calls.load(ordering: .sequentiallyConsistent) == 1)
        let error = zip(other.lastValues.withLock { $0 }, TestTransmitter.reals).map { abs($0 - $1) }.max() ?? 1
        #expect(error < 0.01)
        let record: ReceivedTransfer = try DatedJSON.decode(from: AtomicFile.read(result("transfer.json")))
        #expect(record.transmissions == 1)
        #expect(record.modelBundle == bundle.prefix(SideInformation.digestSize).hexadecimal)
    }

    @Test func aLostPacketBecomesErasures() async throws {
        let decoder = QuickDecoder()
        try await withDaemon(decoder) { transmitter in
            try transmitter.send(id) { $0 != 3 }
            let report = try await transmitter.report()
            #expect(report.status == .decoded)
            #expect(report.symbolsErased == 40)
        }
        let erased = decoder.lastErased.load(ordering: .sequentiallyConsistent)
        #expect(erased > 0)
        #expect(erased <= 80)
    }

    /// Echoes over several symbols garble a single carrier; OFDM, which the side information tells, is read.
    @Test(arguments: [SideInformation.Waveform.singleCarrier, .ofdm])
    func echoesTakeOFDM(waveform: SideInformation.Waveform) async throws {
        let decoder = QuickDecoder()
        let line = try DelayLine(parsing: "0,0\n3,-1\n7,-4")
        var channel = ImpairedChannel(noise: AWGNChannel(snrDB: 25, seed: 5))
        channel.multipath = Multipath(line: line, delaySpread: 1e-6, kFactor: .infinity, pace: .still, seed: 3)
        try await withDaemon(decoder) { transmitter in
            try transmitter.send(id, waveform: waveform, air: channel)
            let report = try await transmitter.report()
            #expect(report.status == .decoded || waveform == .singleCarrier)
            #expect(report.symbolsExpected == (waveform == .ofdm ? 400 : 320))
        }
        let values = decoder.lastValues.withLock { $0 }
        let error = zip(values, TestTransmitter.reals).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 512
        // The reals' mean square is a half.
        #expect(waveform == .ofdm ? !values.isEmpty && error < 0.02 : values.isEmpty || error > 0.1, "\(error)")
    }

    @Test func asksAgainWhenTooMuchIsLostAndCombines() async throws {
        let decoder = QuickDecoder()
        try await withDaemon(decoder) { transmitter in
            try transmitter.send(id) { $0 < 3 }
            #expect(try await transmitter.report().status == .repeatRequested)
            #expect(try results.isEmpty)
            try transmitter.send(id, attempt: 2) { $0 >= 3 }
            #expect(try await transmitter.report().status == .decoded)
        }
        #expect(decoder.lastErased.load(ordering: .sequentiallyConsistent) == 0)
        let record: ReceivedTransfer = try DatedJSON.decode(from: AtomicFile.read(result("transfer.json")))
        #expect(record.transmissions == 2)
    }

    /// Pure noise is no picture: the transmitter is told so, and a signal that comes later is drawn by itself.
    @Test func noiseIsRefusedAsNoSignal() async throws {
        let decoder = QuickDecoder()
        func refused() -> Int {
            let line = PrometheusRegistry.shared.text.split(separator: "\n").first {
                $0.hasPrefix("deepsc_transfers_total{outcome=\"no_signal\"}")
            }
            return (line?.split(separator: " ").last).flatMap { Int($0) } ?? 0
        }
        let before = refused()
        try await withDaemon(decoder) { transmitter in
            for attempt in 1...5 as ClosedRange<UInt16> {
                try transmitter.send(id, attempt: attempt, channel: AWGNChannel(snrDB: -85, seed: 1))
                let report = try await transmitter.report()
                #expect(report.status == .repeatRequested && report.note.contains("no signal"), "\(report.note)")
            }
            #expect(try results.isEmpty)
            try transmitter.send(id, attempt: 6, channel: AWGNChannel(snrDB: 12, seed: 1))
            #expect(try await transmitter.report().status == .decoded)
        }
        #expect(refused() == before + 5 && decoder.calls.load(ordering: .sequentiallyConsistent) == 1)
        let record: ReceivedTransfer = try DatedJSON.decode(from: AtomicFile.read(result("transfer.json")))
        #expect(record.transmissions == 1 && abs(record.snrDecibels - 12) < 3)
    }

    @Test func reportsAFailureAndTriesAgain() async throws {
        let decoder = QuickDecoder(failures: 1)
        try await withDaemon(decoder) { transmitter in
            try transmitter.send(id)
            #expect(try await transmitter.report().status == .failed)
            #expect(try results.isEmpty)
            try transmitter.send(id, attempt: 2)
            #expect(try await transmitter.report().status == .decoded)
        }
    }

    @Test func whatWasRecordedCannotBeSentAgainAfterARestart() async throws {
        var recorded: [[UInt8]] = []
        let decoder = QuickDecoder()
        try await withDaemon(decoder) { transmitter in
            recorded = try transmitter.send(id)
            #expect(try await transmitter.report().status == .decoded)
        }
        // The result is gone, so that only the replay window stands between the recording and a second picture.
        try FileManager.default.removeItem(atPath: "\(directory.path)/results/\(id.uuidString.lowercased())")
        try await withDaemon(decoder, senderID: 8) { transmitter in
            try transmitter.send(recorded)
            let other = UUID()
            try transmitter.send(other)
            #expect(try await transmitter.report().transferID == other)
        }
        #expect(decoder.calls.load(ordering: .sequentiallyConsistent) == 2)
        #expect(try results.contains(id.uuidString.lowercased()) == false)
    }

    @Test func aTransferThatCrashesTheReceiverTwiceIsRefused() async throws {
        let decoder = QuickDecoder()
        let results = directory.path + "/results"
        func crash(at id: UUID) throws {
            try AtomicFile.makeDirectory(results)
            try AtomicFile.write(Array(id.uuidString.lowercased().utf8), to: results + "/.at-work")
            try AtomicFile.write(Array("boot\n0\ncrashed\n".utf8), to: results + "/.crash")
        }
        let (bad, once) = (UUID(), UUID())
        for culprit in [bad, once, bad] {
            try crash(at: culprit)
            try await withDaemon(decoder, senderID: 9) { _ in }
        }
        try await withDaemon(decoder) { transmitter in
            try transmitter.send(bad)
            let report = try await transmitter.report()
            #expect(report.status == .refused)
            #expect(report.note.contains("crashed 2 times"))
            for other in [once, UUID()] {
                try transmitter.send(other)
                #expect(try await transmitter.report().status == .decoded)
            }
        }
        #expect(decoder.calls.load(ordering: .sequentiallyConsistent) == 2)
    }

    @Test func aDiskThatTakesNothingIsNotAcknowledged() async throws {
        let decoder = QuickDecoder()
        let (root, away) = (directory.path + "/results", directory.path + "/away")
        try await withDaemon(decoder) { transmitter in
            // The first one makes the link's own files, which stay out of this.
            try transmitter.send(UUID())
            #expect(try await transmitter.report().status == .decoded)
            try AtomicFile.makeDirectory(away)
            try AtomicFile.write([1], to: root + "/.incoming-\(id.uuidString.lowercased())")
            chmod(root + "/.incoming-\(id.uuidString.lowercased())", 0o000)
            #expect(rename(root, away + "/results") == 0)
            try AtomicFile.write([], to: root)
            try transmitter.send(id)
            try await Task.sleep(for: .milliseconds(600))
            try FileManager.default.removeItem(atPath: root)
            #expect(rename(away + "/results", root) == 0)
            try transmitter.send(id, attempt: 2)
            let report = try await transmitter.report()
            #expect(report.status == .decoded)
            #expect(report.attempt == 2)
        }
        #expect(try results.count == 2)
    }

    @Test func peersHaveTheirOwnKeysAndAreNamed() async throws {
        let (old, new) = (try PreSharedKey(bytes: Array(1...32)), try PreSharedKey(bytes: Array(2...33)))
        let ring = try KeyRing([.init(name: "studio", keys: [key]), .init(name: "van", keys: [old, new])])
        try await withDaemon(QuickDecoder(), keys: ring) { transmitter in
            for (number, key) in [old, new].enumerated() {
                let van = try await TestTransmitter(key: key, port: transmitter.port, senderID: UInt64(20 + number))
                let id = UUID()
                try van.send(id)
                // It opens under the key the van used: the answer went under the same.
                #expect(try await van.report().status == .decoded)
                let path = "\(directory.path)/results/\(id.uuidString.lowercased())/transfer.json"
                #expect(try DatedJSON.decode(ReceivedTransfer.self, from: AtomicFile.read(path)).peer == "van")
                await van.close()
            }
        }
    }

    /// What follows is drawn with what is known of the picture before it, by whoever sent that, and with no other.
    @Test func aSentenceGoesOnFromThePictureBefore() async throws {
        let decoder = QuickDecoder(goesOn: true)
        let others = QuickDecoder()
        let other = [UInt8](repeating: 6, count: 32)
        let van = try PreSharedKey(bytes: Array(1...32))
        let ring = try KeyRing([.init(name: "studio", keys: [key]), .init(name: "van", keys: [van])])
        var first: [UInt8] = []
        try await withDaemon(decoder, others: [other: others], keys: ring) { transmitter in
            try transmitter.send(id)
            first = try await transmitter.report().resultDigest
            let known = decoder.lastValues.withLock { $0 }
            try transmitter.send(UUID(), base: first, reals: 64)
            let second = try await transmitter.report()
            #expect(second.status == .decoded && second.resultDigest != first)
            let base = decoder.lastBase.withLock { $0 }
            #expect(base?.code == known && base?.variances == known.map { $0 * $0 })
            #expect(decoder.lastValues.withLock { $0.count } == 64)
            // Of a picture that nobody has; with other models; by a codec that goes on from nothing; from another sender.
            for (bundle, digest) in [
                (TestTransmitter.bundle, [UInt8](repeating: 3, count: 32)), (other, first),
            ] {
                let unknown = UUID()
                try transmitter.send(unknown, bundle: bundle, base: digest, reals: 64)
                #expect(try await transmitter.report().status == .baseMissing)
                // The whole code is drawn after all.
                try transmitter.send(unknown, attempt: 2, bundle: bundle)
                #expect(try await transmitter.report().status == .decoded)
            }
            let stranger = try await TestTransmitter(key: van, port: transmitter.port, senderID: 30)
            try stranger.send(UUID(), base: first, reals: 64)
            #expect(try await stranger.report().status == .baseMissing)
            await stranger.close()
        }
        try await withDaemon(decoder, senderID: 8, keys: ring) { transmitter in
            try transmitter.send(UUID(), base: first, reals: 64)
            let report = try await transmitter.report()
            #expect(report.status == .decoded, "\(report.note)")
        }
        try FileManager.default.removeItem(atPath: result("code.safetensors"))
        try await withDaemon(decoder, senderID: 9, keys: ring) { transmitter in
            try transmitter.send(UUID(), base: first, reals: 64)
            #expect(try await transmitter.report().status == .baseMissing)
        }
    }

    @Test func retentionKeepsTheRecordByWhichARepeatIsKnown() async throws {
        let decoder = QuickDecoder()
        try await withDaemon(decoder) { transmitter in
            try transmitter.send(id)
            #expect(try await transmitter.report().status == .decoded)
        }
        // Ten minutes later the picture has to go.
        let record = result("transfer.json")
        let fresh: ReceivedTransfer = try DatedJSON.decode(from: AtomicFile.read(record))
        let old = ReceivedTransfer(
            id: fresh.id,
            received: fresh.received - 600,
            snrDecibels: fresh.snrDecibels,
            symbols: fresh.symbols,
            erasures: fresh.erasures,
            transmissions: fresh.transmissions,
            resolution: fresh.resolution,
            pictureDigest: fresh.pictureDigest,
            modelBundle: fresh.modelBundle,
            seconds: fresh.seconds,
            peer: fresh.peer
        )
        try AtomicFile.write(DatedJSON.encode(old), to: record)
        try await withDaemon(decoder, senderID: 8, limits: "[retention]\ndays = 0.005") { transmitter in
            while FileManager.default.fileExists(atPath: result("picture.png")) {
                try await Task.sleep(for: .milliseconds(5))
            }
            try transmitter.send(id, attempt: 2)
            #expect(try await transmitter.report().status == .decoded)
        }
        #expect(decoder.calls.load(ordering: .sequentiallyConsistent) == 1)
        #expect(FileManager.default.fileExists(atPath: record))
    }

    @Test func aFloodFromOneAddressIsCut() async throws {
        let registry = PrometheusRegistry.shared
        func limited() -> Double {
            let line = registry.text.split(separator: "\n").first {
                $0.hasPrefix("deepsc_packets_total{fate=\"limited\"}")
            }
            return (line?.split(separator: " ").last).flatMap { Double($0) } ?? 0
        }
        let before = limited()
        try await withDaemon(QuickDecoder(), limits: "[limits]\npackets_per_second = 100") { transmitter in
            try transmitter.send([[UInt8]](repeating: [1, 2, 3], count: 3000))
            while limited() - before < 500 { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    @Test func doesNotAnswerAnotherKey() async throws {
        let decoder = QuickDecoder()
        let stranger = try PreSharedKey(bytes: Array(1...32))
        let other = UUID()
        try await withDaemon(decoder) { transmitter in
            let unknown = try await TestTransmitter(key: stranger, port: transmitter.port, senderID: 9)
            try unknown.send(other)
            try transmitter.send(id)
            #expect(try await transmitter.report().transferID == id)
            await unknown.close()
            // Nothing came before the socket was closed.
            await #expect(throws: ChannelError.self) { try await unknown.report() }
        }
        #expect(decoder.calls.load(ordering: .sequentiallyConsistent) == 1)
        #expect(try results == [id.uuidString.lowercased()])
    }
}
