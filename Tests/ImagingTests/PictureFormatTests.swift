import Foundation
import Testing

@testable import Imaging

/// Files as telephones, browsers and editors make them.
@Suite struct PictureFormatTests {
    @Test(arguments: ["rgb.webp", "orientation-6.webp"]) func losslessWebPIsExact(name: String) throws {
        #expect(try PictureFile.decode(fixture(name)) == flag())
    }

    @Test func lossyWebPComesNear() throws {
        let picture = try PictureFile.decode(fixture("lossy.webp"))
        #expect(picture.width == 24 && picture.height == 16)
        #expect(picture.psnr(against: flag()) > 15)  // half as many colours as pixels
        #expect(picture.colour(x: 20, y: 12)[2] > 230)
    }

    @Test func alphaOfWebPLiesOverWhite() throws {
        let picture = try PictureFile.decode(fixture("alpha.webp"))
        #expect(picture == (try PictureFile.decode(fixture("alpha.png"))))
    }

    @Test(arguments: ["rgb.heic", "rgb.avif"]) func heicAndAVIFComeNear(name: String) throws {
        let picture = try PictureFile.decode(fixture(name))
        #expect(picture.width == 96 && picture.height == 64)
        let (green, red, blue) = (
            picture.colour(x: 10, y: 10), picture.colour(x: 10, y: 50), picture.colour(x: 80, y: 30)
        )
        for (colour, expected) in [(green, [0, 255, 0]), (red, [255, 0, 0]), (blue, [0, 0, 255])] {
            #expect(zip(colour, expected).allSatisfy { abs($0 - $1) < 12 }, "\(colour) for \(expected)")
        }
    }

    @Test(arguments: ["rgb.webp", "rgb.heic", "rgb.avif"]) func filesThatEndEarlyAreRefused(name: String) throws {
        let bytes = try fixture(name)
        for count in [12, 20, bytes.count / 3, bytes.count / 2, bytes.count - 20] {
            #expect(throws: PictureError.self, "\(count)") { try PictureFile.decode(Array(bytes[..<count])) }
        }
    }

    @Test func anAnimationIsRefusedAsOne() throws {
        let error = #expect(throws: PictureError.self) { try PictureFile.decode(fixture("animated.webp")) }
        #expect(error.map { "\($0)".contains("animation") } == true)
    }

    @Test(
        arguments: [
            ("GIF", [0x47, 0x49, 0x46, 0x38, 0x39, 0x61]), ("BMP", [0x42, 0x4D, 0, 0]),
            ("TIFF", [0x49, 0x49, 0x2A, 0]), ("TIFF", [0x4D, 0x4D, 0, 0x2A]), ("JPEG XL", [0xFF, 0x0A, 0, 0]),
            ("JPEG XL", [0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20, 0x0D, 0x0A, 0x87, 0x0A]),
            ("JPEG 2000", [0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20]), ("Photoshop", Array("8BPS".utf8)),
            ("PDF", Array("%PDF-1.7".utf8)), ("SVG", Array("<svg xmlns=".utf8)),
            (
                "CgBI",
                PNGBytes.signature + PNGBytes.chunk("CgBI", [0x50, 0, 0x20, 2]) + [UInt8](repeating: 0, count: 40)
            ),
            ("video", [0, 0, 0, 0x14] + Array("ftypmp42".utf8) + [0, 0, 0, 0] + Array("mp42".utf8)),
            ("raw", [0, 0, 0, 0x14] + Array("ftypcrx ".utf8) + [0, 0, 0, 0] + Array("crx ".utf8)),
        ] as [(String, [UInt8])]
    )
    func whatIsNotReadIsRefusedByItsName(name: String, bytes: [UInt8]) throws {
        let error = try #require(#expect(throws: PictureError.self) { try PictureFile.decode(bytes) })
        guard case .otherFormat(let found, let advice) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(found.contains(name) && !advice.isEmpty)
    }

    @Test(arguments: ["orientation-1.jpg", "orientation-6.jpg", "progressive.jpg", "cmyk.jpg", "grey.jpg"])
    func aJPEGNeedsNoEndMarker(name: String) throws {
        let bytes = try fixture(name)
        let whole = try PictureFile.decode(bytes)
        for missing in [1, 2] { #expect(try PictureFile.decode(bytes.dropLast(missing)) == whole) }
        // What follows the end is of no interest, either.
        #expect(try PictureFile.decode(bytes + [1, 2, 3]) == whole)
    }

    @Test func aProgressiveJPEGThatEndsBetweenScansIsNotWhole() throws {
        let jpeg = try fixture("progressive.jpg")
        let scans = jpeg.indices.dropLast().filter { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xDA }
        for end in scans.dropFirst() {
            #expect(throws: PictureError.self) { try PictureFile.decode(Array(jpeg[..<end])) }
        }
    }

    /// SHORT is what the standard has; some programs write LONG, or BYTE.
    @Test(arguments: [(1, 1), (3, 2), (4, 4)]) func orientationMayBeOfAnyWidth(type: Int, width: Int) throws {
        for isLittle in [true, false] {
            func number(_ value: Int, _ width: Int) -> [UInt8] {
                let bytes = (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
                return isLittle ? bytes : bytes.reversed()
            }
            let tiff: [UInt8] =
                Array((isLittle ? "II" : "MM").utf8) + number(42, 2) + number(8, 4) + number(1, 2)
                + number(0x0112, 2) + number(type, 2) + number(1, 4) + number(6, width)
                + [UInt8](repeating: 0, count: 4 - width) + number(0, 4)
            #expect(ExifOrientation(tiff: tiff[...]) == .rotatedRight)
        }
    }

    @Test func turnsAreThoseOfTheOrientations() throws {
        let picture = gradient(width: 5, height: 3)
        #expect(picture.turned(quarters: 0) == picture && picture.turned(quarters: 4) == picture)
        let right = picture.turned(quarters: 1)
        #expect(right.width == 3 && right.height == 5)
        #expect(right.colour(x: 2, y: 0) == picture.colour(x: 0, y: 0))
        #expect(right.colour(x: 0, y: 0) == picture.colour(x: 0, y: 2))
        #expect(right.turned(quarters: 3) == picture)
        #expect(picture.turned(quarters: 2).turned(quarters: -2) == picture)
    }
}
