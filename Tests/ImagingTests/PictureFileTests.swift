import Basics
import Foundation
import Testing

@testable import Imaging

@Suite struct PictureFileTests {
    @Test(arguments: ["rgb.png", "palette.png", "sixteen-bit.png", "orientation-6.png"])
    func losslessVariantsDecodeExactly(name: String) throws {
        #expect(try PictureFile.decode(fixture(name)) == flag())
    }

    @Test(arguments: (1...8).map { "orientation-\($0).jpg" } + ["progressive.jpg"])
    func jpegVariantsStandUpright(name: String) throws {
        let picture = try PictureFile.decode(fixture(name))
        #expect(picture.width == 24 && picture.height == 16)
        #expect(picture.psnr(against: flag()) > 25)
    }

    @Test func cmykMatchesPillow() throws {
        let picture = try PictureFile.decode(fixture("cmyk.jpg"))
        let reference = try PictureFile.decode(fixture("cmyk-as-rgb.png"))
        #expect(picture.psnr(against: reference) > 40)
        #expect(picture.psnr(against: flag()) > 25)
    }

    @Test func greyHasEqualChannels() throws {
        for name in ["grey.png", "grey.jpg"] {
            let picture = try PictureFile.decode(fixture(name))
            let colour = picture.colour(x: 20, y: 8)
            #expect(colour[0] == colour[1] && colour[1] == colour[2])
            #expect(abs(colour[0] - 29) <= 2)  // 0.114 · 255
        }
    }

    @Test func sixteenBitGreyIsNotTakenForLinearLight() throws {
        #expect(try PictureFile.decode(fixture("sixteen-bit-grey.png")).colour(x: 3, y: 3) == [128, 128, 128])
    }

    @Test func alphaLiesOverWhite() throws {
        let picture = try PictureFile.decode(fixture("alpha.png"))
        #expect(picture.colour(x: 2, y: 2) == [0, 255, 0])
        #expect(picture.colour(x: 2, y: 12) == [255, 255, 255])
        #expect(picture.colour(x: 20, y: 12) == [127, 127, 255])
    }

    @Test(arguments: ["rgb.png", "sixteen-bit.png", "orientation-1.jpg", "progressive.jpg", "cmyk.jpg"])
    func everyTruncationIsRefused(name: String) throws {
        let bytes = try fixture(name)
        let whole = try PictureFile.decode(bytes)
        // The very last bytes of a JPEG or PNG (end marker; IEND and the sums before it) carry no picture and may be missing.
        let last = name.hasSuffix("png") ? 12 + 4 + 4 : 14
        for count in 0..<bytes.count - last {
            #expect(throws: PictureError.self) { try PictureFile.decode(Array(bytes[..<count])) }
        }
        for count in bytes.count - last..<bytes.count {
            let picture = try? PictureFile.decode(Array(bytes[..<count]))
            #expect(picture == nil || picture == whole)
        }
    }

    @Test func bombsAreRefusedByTheirHeader() throws {
        var png = try fixture("rgb.png")
        png.replaceSubrange(16..<24, with: [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF])
        let side = Int(Int32.max)
        #expect(throws: PictureError.tooManyPixels(width: side, height: side, limit: 64 << 20)) {
            try PictureFile.decode(png)
        }
        var jpeg = try fixture("orientation-1.jpg")
        let frame = try #require(jpeg.indices.first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
        jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
        #expect(throws: PictureError.tooManyPixels(width: 65500, height: 65500, limit: 64 << 20)) {
            try PictureFile.decode(jpeg)
        }
        let limits = DecodeLimits(pixels: 24 * 16 - 1, bytes: 1 << 20)
        #expect(throws: PictureError.tooManyPixels(width: 24, height: 16, limit: 383)) {
            try PictureFile.decode(fixture("rgb.png"), limits: limits)
        }
        #expect(throws: PictureError.tooManyBytes(count: 103, limit: 50)) {
            try PictureFile.decode(fixture("rgb.png"), limits: DecodeLimits(pixels: 1000, bytes: 50))
        }
    }

    @Test func otherFormatsAreNamedAsUnknown() {
        for bytes in [[], [1, 2, 3], Array("hello, this is not a picture".utf8)] as [[UInt8]] {
            #expect(throws: PictureError.unknownFormat) { try PictureFile.decode(bytes) }
        }
    }

    @Test func mutatedFilesNeverCrash() throws {
        var state: UInt64 = 20_241_115
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let limits = DecodeLimits(pixels: 1 << 16, bytes: 1 << 16)
        var decoded = 0
        for name in ["rgb.png", "palette.png", "orientation-6.jpg", "progressive.jpg", "cmyk.jpg", "orientation-6.png"]
        {
            let original = try fixture(name)
            for _ in 0..<2000 {
                var bytes = original
                for _ in 0...random(4) {
                    bytes[random(bytes.count)] = UInt8(random(256))
                }
                if let picture = try? PictureFile.decode(bytes, limits: limits) {
                    decoded += 1
                    #expect(picture.pixels.count == picture.width * picture.height * 3)
                }
            }
        }
        #expect(decoded > 0)
    }

    @Test func pngRoundTripIsExactAndAtomic() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("imaging-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("picture.png").path
        let picture = gradient(width: 61, height: 43)
        try PictureFile.writePNG(flag(), to: path)
        try PictureFile.writePNG(picture, to: path)
        #expect(try PictureFile.read(path: path) == picture)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["picture.png"])
        #expect(throws: FileError.self) { try PictureFile.writePNG(picture, to: folder.path + "/none/picture.png") }
        #expect(throws: FileError.self) { try PictureFile.read(path: folder.path + "/absent.png") }
        // A failed rename (the target is a folder) leaves nothing behind.
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("taken/x"),
            withIntermediateDirectories: true
        )
        #expect(throws: FileError.self) { try PictureFile.writePNG(picture, to: folder.path + "/taken") }
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: folder.path)) == ["picture.png", "taken"])
    }
}
