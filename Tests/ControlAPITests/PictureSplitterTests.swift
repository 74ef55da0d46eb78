import Basics
import Foundation
import TestSupport
import Testing

@testable import ControlAPI

@Suite struct PictureSplitterTests {
    private let pictures: [[UInt8]]

    init() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../ImagingTests/Fixtures").standardized.path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        pictures = try names.filter { $0.hasSuffix(".jpg") || $0.hasSuffix(".png") }
            .map { try AtomicFile.read("\(folder)/\($0)") }
            .filter { $0.starts(with: [0xFF, 0xD8]) || $0.starts(with: [0x89, 0x50]) }
    }

    /// Whatever pieces the bytes come in.
    @Test(arguments: [1, 7, 4096, 1 << 20]) func picturesComeOutAsTheyWentIn(piece: Int) throws {
        let whole = pictures.filter { picture in
            var splitter = PictureSplitter()
            return (try? splitter.take(picture)) == [picture]
        }
        // All but what is broken on purpose.
        #expect(whole.count >= pictures.count / 2 && whole.count > 5)
        let bytes = Array(whole.joined())
        var (splitter, found) = (PictureSplitter(), [[UInt8]]())
        for start in stride(from: 0, to: bytes.count, by: piece) {
            found += try splitter.take(bytes[start..<min(bytes.count, start + piece)])
        }
        #expect(found == whole && !splitter.hasRest)
    }

    /// A thumbnail within a segment, stuffed bytes and restarts do not end a JPEG.
    @Test func onlyTheEndEndsAJPEG() throws {
        let thumbnail: [UInt8] = [0xFF, 0xE1, 0, 8, 0xFF, 0xD8, 0xFF, 0xD9, 0, 0]
        let scan: [UInt8] = [0xFF, 0xDA, 0, 2, 1, 0xFF, 0, 0xFF, 0xD3, 5, 0xFF, 0xFF, 0xD9]
        let jpeg = [0xFF, 0xD8] + thumbnail + scan
        var splitter = PictureSplitter()
        #expect(try splitter.take(jpeg.dropLast()) == [])
        #expect(try splitter.take([0xD9, 0xFF]) == [jpeg] && splitter.hasRest)
    }

    @Test func whatIsNoPictureIsRefused() {
        var text = PictureSplitter()
        #expect(throws: PictureSplitter.Malformed.self) { try text.take(Array("no picture".utf8)) }
        var large = PictureSplitter(most: 100)
        #expect(throws: PictureSplitter.Malformed.self) {
            try large.take([0xFF, 0xD8, 0xFF, 0xDA, 0, 2] + [UInt8](repeating: 1, count: 200))
        }
        var chunk = PictureSplitter(most: 100)
        let huge: [UInt8] = [
            0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x49, 0x48, 0x44, 0x52,
        ]
        #expect(throws: PictureSplitter.Malformed.self) { try chunk.take(huge + [0, 0, 0, 0]) }
    }
}
