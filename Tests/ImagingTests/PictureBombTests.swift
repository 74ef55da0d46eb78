import CConfined
import Foundation
import Testing

@testable import Imaging

/// Small files whose decoding would take long or much memory.
@Suite struct PictureBombTests {
    private struct GivenUp: Error {}

    /// Little time: what is cut off in good time needs a hundredth of it.
    private var brief: DecodeLimits {
        var limits = DecodeLimits.standard
        limits.seconds = 1
        return limits
    }

    @Test func dataBehindTheLastRowAreNeverInflated() throws {
        // 4 MiB that inflate to 650 MiB behind 16 × 16 pixels of black.
        let png = PNGBytes.file(width: 16, height: 16, data: Deflated.zeros(blocks: 4 << 20))
        var calls = 0
        let picture = try PictureFile.decode(png, limits: brief) { calls += 1 }
        #expect(picture == Picture(width: 16, height: 16, red: 0, green: 0, blue: 0))
        #expect(calls < 100)
    }

    @Test(arguments: ["zTXt", "iTXt", "iCCP", "abCd"])
    func chunksOfTextAreNeverInflated(type: String) throws {
        let png = try fixture("rgb.png")
        let head: [UInt8] =
            switch type {
            case "iTXt": Array("key\0".utf8) + [1, 0, 0, 0]
            default: Array("key\0\0".utf8)
            }
        let chunk = PNGBytes.chunk(type, head + Deflated.zeros(blocks: 300_000))
        // Behind IHDR. A profile may be there once, texts as often as one likes.
        let many = type == "iCCP" ? chunk : (0..<20).flatMap { _ in chunk }
        let bomb = Array(png[..<33]) + many + png[33...]
        #expect(try PictureFile.decode(bomb, limits: brief) == flag())
    }

    @Test func scansTimesPixelsAreCounted() throws {
        let jpeg = try fixture("progressive.jpg")
        let pixels = 24 * 16
        let scans = jpeg.indices.dropLast().count { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xDA }
        #expect(scans > 3)
        var limits = DecodeLimits.standard
        limits.scannedPixels = scans * pixels
        #expect(try PictureFile.decode(jpeg, limits: limits).width == 24)
        limits.scannedPixels -= 1
        #expect(throws: PictureError.damaged(format: "JPEG", reason: "too many progressive scans for its size")) {
            try PictureFile.decode(jpeg, limits: limits)
        }
        // The last scan a hundred times over.
        let last = try #require(jpeg.indices.dropLast().last { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xDA })
        let scan = jpeg[last..<jpeg.count - 2]
        var bomb = Array(jpeg.dropLast(2))
        for _ in 0..<100 { bomb += scan }
        bomb += [0xFF, 0xD9]
        limits.scannedPixels = 60 * pixels
        #expect(throws: PictureError.damaged(format: "JPEG", reason: "too many progressive scans for its size")) {
            try PictureFile.decode(bomb, limits: limits)
        }
    }

    private static let formats = [
        "rgb.png", "orientation-1.jpg", "progressive.jpg", "cmyk.jpg", "rgb.webp", "rgb.heic", "rgb.avif",
    ]

    @Test(arguments: formats) func whoeverWaitsMayGiveUp(name: String) throws {
        let bytes = try fixture(name)
        #expect(throws: PictureError.interrupted) { try PictureFile.decode(bytes) { throw GivenUp() } }
    }

    @Test(arguments: formats) func theTimeIsBounded(name: String) throws {
        let bytes = try fixture(name)
        var limits = DecodeLimits.standard
        limits.seconds = 0
        #expect(throws: PictureError.tooLong(seconds: 0)) { try PictureFile.decode(bytes, limits: limits) }
    }

    /// What the checkpoints do, such as another photo, is not this one's time.
    @Test func timeInCheckpointsDoesNotCount() throws {
        var limits = DecodeLimits.standard
        limits.seconds = 0.2
        let picture = try PictureFile.decode(fixture("rgb.png"), limits: limits) {
            let began = clock()
            while clock() - began < CLOCKS_PER_SEC / 20 {}
        }
        #expect(picture == flag())
    }

    /// A decoder that takes more than its share is stopped, and this process goes on.
    @Test(.enabled(if: ConfinedCodec.isConfined, "a sanitizer's memory cannot be bounded"))
    func memoryOfOtherDecodersIsBounded() throws {
        let greedy: cconfined_decoder = { _, _, picture, _ in
            for _ in 0..<64 {
                let block = mmap(nil, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                guard let block, block != MAP_FAILED else { abort() }
                picture?.pointee.width += UInt32(block.load(fromByteOffset: 99, as: UInt8.self))
            }
            picture?.pointee.status = 0
        }
        #expect(confined(greedy, memory: 256 << 20) == CCONFINED_BROKEN)
        #expect(confined(greedy, memory: 2 << 30) == CCONFINED_OK)
    }

    @Test(.enabled(if: ConfinedCodec.isConfined, "a sanitizer's processes cannot fork"))
    func timeOfOtherDecodersIsBounded() throws {
        #expect(
            confined({ _, _, picture, _ in while true { picture?.pointee.width &+= 1 } }, memory: 1 << 30)
                == CCONFINED_TOO_LONG
        )
        #expect(confined({ _, _, _, _ in abort() }, memory: 1 << 30) == CCONFINED_BROKEN)
    }

    private func confined(_ decoder: @escaping cconfined_decoder, memory: Int) -> cconfined_status {
        var limits = cconfined_limits(pixels: 100, memory: memory, seconds: 1)
        var picture: UnsafeMutablePointer<cconfined_picture>?
        let status = cconfined_decode(decoder, [1], 1, &limits, { _ in 0 }, nil, &picture)
        cconfined_free(picture, &limits)
        return cconfined_status(UInt32(bitPattern: status))
    }

    @Test func everyFormatDeclaresItsSizeBeforeItIsDecoded() throws {
        for (name, pixels) in [
            ("rgb.png", 24 * 16), ("orientation-6.jpg", 24 * 16), ("progressive.jpg", 24 * 16), ("rgb.webp", 24 * 16),
            ("lossy.webp", 24 * 16), ("alpha.webp", 24 * 16), ("orientation-6.webp", 24 * 16),
            ("rgb.heic", 96 * 64), ("rgb.avif", 96 * 64),
        ] {
            #expect(try PictureFile.declaredPixels(in: fixture(name)) == pixels, "\(name)")
        }
        #expect(PictureFile.declaredPixels(in: [1, 2, 3]) == nil)
    }

    @Test func declaredSizesAreCheckedInEveryFormat() throws {
        let limits = DecodeLimits(pixels: 24 * 16 - 1, bytes: 1 << 20)
        for name in ["rgb.webp", "lossy.webp", "alpha.webp"] {
            #expect(throws: PictureError.tooManyPixels(width: 24, height: 16, limit: 383)) {
                try PictureFile.decode(fixture(name), limits: limits)
            }
        }
        for name in ["rgb.heic", "rgb.avif"] {
            #expect(throws: PictureError.tooManyPixels(width: 96, height: 64, limit: 383)) {
                try PictureFile.decode(fixture(name), limits: limits)
            }
            // One that says it is 60,000 × 60,000, whatever is inside.
            var bytes = try fixture(name)
            for index in bytes.indices.dropLast(16) where bytes[index..<index + 4].elementsEqual("ispe".utf8) {
                bytes.replaceSubrange(index + 8..<index + 16, with: [0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60])
            }
            #expect(throws: PictureError.self) { try PictureFile.decode(bytes) }
        }
    }
}

/// Data that inflate to a hundred and fifty times their size.
enum Deflated {
    /// A zlib stream of about so many bytes that inflates to zeros: fixed codes, a literal and then the longest matches.
    static func zeros(blocks count: Int) -> [UInt8] {
        var bits: UInt64 = 0
        var filled: UInt64 = 0
        var bytes: [UInt8] = [0x78, 0x9C]
        bytes.reserveCapacity(count + 16)
        func put(_ value: UInt64, _ length: UInt64) {
            bits |= value << filled
            filled += length
            while filled >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: bits))
                bits >>= 8
                filled -= 8
            }
        }
        put(0b011, 3)  // last block, fixed codes
        put(0b0000_1100, 8)  // literal 0: code 00110000, first bit first
        while bytes.count < count {
            put(0b1010_0011, 8)  // length 258: code 11000101
            put(0, 5)  // distance 1
        }
        put(0, 7)  // end of block
        put(0, 8)
        return bytes
    }
}

/// PNG files put together by hand.
enum PNGBytes {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }

    static func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
        let named = Array(type.utf8) + body
        let sum = ~named.reduce(~UInt32(0)) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ $0 >> 8 }
        return bigEndian(UInt32(body.count)) + named + bigEndian(sum)
    }

    /// 8-bit RGB, its data in chunks of 64 KiB.
    static func file(width: UInt32, height: UInt32, data: [UInt8]) -> [UInt8] {
        var bytes = signature + chunk("IHDR", bigEndian(width) + bigEndian(height) + [8, 2, 0, 0, 0])
        for start in stride(from: 0, to: data.count, by: 1 << 16) {
            bytes += chunk("IDAT", Array(data[start..<min(data.count, start + 1 << 16)]))
        }
        return bytes + chunk("IEND", [])
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
