import Basics
import ControlAPI
import Foundation
import Imaging
import ServiceKit
import TestSupport
import Testing

@testable import Networks
@testable import Receiver
@testable import Relay
@testable import Transmitter

/// Files that come from users and operators, or that a broken disk may have changed.
@Suite struct FileFuzzTests {
    private static let limits = {
        var limits = DecodeLimits(pixels: 1 << 20, bytes: 1 << 20)
        limits.seconds = 5
        return limits
    }()

    @Test(arguments: [("png", 0.03), ("jpg", 0.03), ("webp", 0.0005), ("heic", 0.0002), ("avif", 0.0002)])
    func pictures(ending: String, share: Double) throws {
        let seeds = try Fuzzer.files("Tests/ImagingTests/Fixtures", ".\(ending)")
        var wrong = 0
        let (_, accepted) = try Fuzzer(ending, seeds: seeds).run(share: share) { bytes in
            guard let picture = try? PictureFile.decode(bytes, limits: Self.limits) else { return false }
            let isBounded = picture.width * picture.height <= Self.limits.pixels
            if !isBounded || picture.pixels.count != picture.width * picture.height * 3 { wrong += 1 }
            return true
        }
        #expect(accepted > 10 && wrong == 0)
    }

    /// Sequences of pictures, however they are cut: parts of what came, in their order.
    @Test func sequencesOfPictures() throws {
        let seeds = try [".jpg", ".png"].flatMap { try Fuzzer.files("Tests/ImagingTests/Fixtures", $0) }
        let sequences = zip(seeds, seeds.reversed()).map { $0 + $1 }
        var wrong = 0
        let (_, accepted) = try Fuzzer("sequence", seeds: sequences).run(share: 0.03) { bytes in
            var splitter = PictureSplitter(most: 1 << 20)
            var pictures: [[UInt8]] = []
            do {
                for start in stride(from: 0, to: bytes.count, by: 997) {
                    pictures += try splitter.take(bytes[start..<min(bytes.count, start + 997)])
                }
            } catch {}
            if !bytes.starts(with: pictures.joined()) { wrong += 1 }
            return !pictures.isEmpty
        }
        #expect(accepted > 10 && wrong == 0)
    }

    @Test func weights() throws {
        try tensors(Fuzzer("safetensors")) { path in
            let file = try SafetensorsFile(path: path)
            return file.names.compactMap { try? file.tensor($0).shape }
        }
    }

    @Test func checkpoints() throws {
        let seeds = try Fuzzer.files("Tests/NetworksTests/Fixtures", ".pth")
        try tensors(Fuzzer("checkpoint", seeds: seeds)) { path in
            let checkpoint = try TorchCheckpoint(path: path)
            return checkpoint.names.compactMap { try? checkpoint.tensor($0).shape }
        }
    }

    /// No tensor has more numbers than its file has room for.
    private func tensors(_ fuzzer: Fuzzer, shapes: (String) throws -> [[Int]]) throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/weights"
        var wrong = 0
        let (_, accepted) = try fuzzer.run(share: 0.02) { bytes in
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            guard let found = try? shapes(path) else { return false }
            wrong += found.count { $0.reduce(1, *) * 2 > bytes.count }
            return true
        }
        #expect(accepted > 0 && wrong == 0)
    }

    @Test func configurations() throws {
        let seeds = try Fuzzer.files("Config", ".toml")
        let (_, accepted) = try Fuzzer("toml", seeds: seeds, isText: true).run(share: 0.01) { bytes in
            guard let text = String(validating: bytes, as: UTF8.self) else { return false }
            var isAccepted = false
            isAccepted = (try? ConfigurationFile.decode(TransmitterConfiguration.self, text: text, path: "t")) != nil
            isAccepted =
                (try? ConfigurationFile.decode(ReceiverConfiguration.self, text: text, path: "r")) != nil || isAccepted
            return (try? ConfigurationFile.decode(RelayConfiguration.self, text: text, path: "s")) != nil || isAccepted
        }
        #expect(accepted >= seeds.count)
    }

    @Test func spoolEntries() throws {
        var unfaithful = 0
        let (_, accepted) = try Fuzzer("spool", isText: true).run(share: 0.03) { bytes in
            // Changed content under a checksum that fits, so that the decoder is reached as well.
            let content = bytes.drop { $0 != UInt8(ascii: "\n") }.dropFirst().dropLast(2)
            if let record = try? DatedJSON.decode(TransferRecord.self, from: content) {
                let file = try ChecksummedJSON.encode(record)
                // Times are kept to the millisecond, so it is the second round that changes nothing.
                let again = try ChecksummedJSON.decode(TransferRecord.self, from: file)
                if try ChecksummedJSON.encode(again) != file { unfaithful += 1 }
            }
            return (try? ChecksummedJSON.decode(TransferRecord.self, from: bytes)) != nil
        }
        #expect(accepted >= 2 && unfaithful == 0)
    }

    @Test func relayRequests() throws {
        let (_, accepted) = try Fuzzer("relay", isText: true).run(share: 0.02) { bytes in
            guard let change = try? DatedJSON.decode(RelayChange.self, from: bytes) else { return false }
            var settings = RelaySettings(snrDecibels: 12, seed: 1)
            do {
                try settings.apply(change)
            } catch {
                return false
            }
            return true
        }
        #expect(accepted > 0)
    }
}
