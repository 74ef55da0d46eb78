import Testing

@testable import Imaging

@Suite struct PictureTests {
    @Test func signedValuesRoundTripAndClamp() {
        let picture = gradient(width: 17, height: 13)
        #expect(Picture(signed: picture.signed, width: 17, height: 13) == picture)
        #expect(picture.signed.allSatisfy { $0 >= -1 && $0 <= 1 })
        let wild = Picture(signed: [-3, 3, .nan, .infinity, -.infinity, 0], width: 2, height: 1)
        #expect(wild.pixels == [0, 255, 0, 255, 0, 128])
    }

    @Test func psnrOfAKnownDifference() {
        let black = Picture(width: 8, height: 8, red: 0, green: 0, blue: 0)
        let grey = Picture(width: 8, height: 8, red: 16, green: 16, blue: 16)
        #expect(black.psnr(against: black) == .infinity)
        #expect(abs(black.psnr(against: grey) - 24.0486) < 1e-3)  // 20·log10(255/16)
    }

    @Test func croppingTakesTheRectangle() {
        let picture = gradient(width: 20, height: 10)
        let part = picture.cropped(x: 5, y: 3, width: 4, height: 6)
        #expect(part.width == 4 && part.height == 6)
        #expect(part.colour(x: 0, y: 0) == picture.colour(x: 5, y: 3))
        #expect(part.colour(x: 3, y: 5) == picture.colour(x: 8, y: 8))
    }
}

@Suite struct AreaResizeTests {
    @Test func matchesPillowsBoxFilter() throws {
        let pattern = try PictureFile.decode(fixture("pattern.png"))
        let reference = try PictureFile.decode(fixture("pattern-box-11x9.png"))
        let resized = pattern.resizedArea(width: 11, height: 9)
        // Pillow's box filter takes whole pixels; area weights differ at the borders of a block.
        #expect(resized.psnr(against: reference) > 25)
    }

    @Test func wholeFactorsAreBlockMeans() {
        let resized = flag().resizedArea(width: 3, height: 2)
        #expect(resized.colour(x: 0, y: 0) == [0, 255, 0])
        #expect(resized.colour(x: 1, y: 0) == [128, 0, 128])
        #expect(resized.colour(x: 2, y: 1) == [0, 0, 255])
    }

    @Test func fractionalFactorsWeighByArea() {
        // Three columns 0, 90, 255 into two: (0 + 45) / 1.5 and (45 + 255) / 1.5.
        let picture = Picture(width: 3, height: 1, pixels: [0, 0, 0, 90, 90, 90, 255, 255, 255])
        #expect(picture.resizedArea(width: 2, height: 1).pixels == [30, 30, 30, 200, 200, 200])
    }

    @Test func aConstantStaysConstant() {
        let picture = Picture(width: 31, height: 17, red: 255, green: 200, blue: 1)
        for (width, height) in [(7, 5), (64, 3), (1, 1), (100, 90)] {
            let expected = Picture(width: width, height: height, red: 255, green: 200, blue: 1)
            #expect(picture.resizedArea(width: width, height: height) == expected)
        }
    }
}

@Suite struct AffineWarpTests {
    @Test func theIdentityChangesNothing() {
        let picture = gradient(width: 33, height: 21)
        let map = AffineMap(topLeft: (0, 0), topRight: (33, 0), bottomLeft: (0, 21), width: 33, height: 21)
        #expect(picture.warped(map, width: 33, height: 21) == picture)
    }

    @Test func aQuarterTurnMovesPixelsExactly() {
        let picture = flag()
        // Output right is source down, output down is source left.
        let map = AffineMap(topLeft: (24, 0), topRight: (24, 16), bottomLeft: (0, 0), width: 16, height: 24)
        let turned = picture.warped(map, width: 16, height: 24)
        for y in 0..<24 {
            for x in 0..<16 {
                #expect(turned.colour(x: x, y: y) == picture.colour(x: 23 - y, y: x))
            }
        }
    }

    @Test func outsideIsMirroredWithoutRepeatingTheBorder() {
        let picture = gradient(width: 9, height: 7)
        let map = AffineMap(a: 1, b: 0, c: -20, d: 0, e: 1, f: -20)
        let warped = picture.warped(map, width: 40, height: 40)
        func mirrored(_ index: Int, _ count: Int) -> Int {
            var index = index
            while index < 0 || index >= count { index = index < 0 ? -index : 2 * count - 2 - index }
            return index
        }
        for (x, y) in [(0, 0), (13, 15), (19, 19), (20, 20), (28, 26), (29, 27), (39, 39)] {
            let expected = picture.colour(x: mirrored(x - 20, 9), y: mirrored(y - 20, 7))
            #expect(warped.colour(x: x, y: y) == expected)
        }
    }

    @Test func strongReductionDoesNotAlias() {
        // One-pixel stripes shrunk by 8.5 must become grey, not stripes.
        var picture = Picture(width: 272, height: 272, red: 0, green: 0, blue: 0)
        for index in picture.pixels.indices where (index / 3) % 2 == 0 { picture.pixels[index] = 255 }
        let map = AffineMap(topLeft: (0, 0), topRight: (272, 0), bottomLeft: (0, 272), width: 32, height: 32)
        let small = picture.warped(map, width: 32, height: 32)
        #expect(small.pixels.allSatisfy { abs(Int($0) - 128) <= 12 })
    }

    @Test func thereAndBackKeepsASmoothPicture() {
        let picture = gradient(width: 128, height: 128)
        let there = AffineMap(a: 0.8, b: -0.3, c: 26, d: 0.3, e: 0.8, f: -10)
        let determinant = there.a * there.e - there.b * there.d
        let back = AffineMap(
            a: there.e / determinant,
            b: -there.b / determinant,
            c: (there.b * there.f - there.e * there.c) / determinant,
            d: -there.d / determinant,
            e: there.a / determinant,
            f: (there.d * there.c - there.a * there.f) / determinant
        )
        let result = picture.warped(there, width: 128, height: 128).warped(back, width: 128, height: 128)
        let centre = (x: 48, y: 48, side: 32)
        let a = picture.cropped(x: centre.x, y: centre.y, width: centre.side, height: centre.side)
        let b = result.cropped(x: centre.x, y: centre.y, width: centre.side, height: centre.side)
        #expect(a.psnr(against: b) > 45)
    }

    @Test func absurdMapsStayInBounds() {
        let picture = gradient(width: 5, height: 4)
        let map = AffineMap(a: 1e6, b: -1e5, c: 1e9, d: 3e5, e: 1e6, f: -1e9)
        #expect(picture.warped(map, width: 8, height: 8).pixels.count == 192)
    }
}

@Suite struct MontageTests {
    @Test func panelsKeepTheirPixelsAndCaptionsAreBelow() {
        let panel = gradient(width: 256, height: 256)
        let picture = Montage(panels: [.init(picture: panel, caption: "original"), .init(picture: panel, caption: "")])
            .picture()
        #expect(picture.width == 8 + 2 * (256 + 8))
        #expect(picture.cropped(x: 8, y: 8, width: 256, height: 256) == panel)
        #expect(picture.cropped(x: 272, y: 8, width: 256, height: 256) == panel)
        let below = picture.cropped(x: 8, y: 272, width: 256, height: picture.height - 272)
        let beside = picture.cropped(x: 272, y: 272, width: 256, height: picture.height - 272)
        #expect(below.pixels.contains { $0 < 60 })
        #expect(beside.pixels.allSatisfy { $0 == 255 })
    }

    @Test func everyCharacterHasItsOwnGlyph() {
        let printable = (32..<127).map { Character(UnicodeScalar(UInt8($0))) }
        #expect(Set(printable.map(BitmapFont.rows(of:))).count == printable.count)
        #expect(printable.allSatisfy { BitmapFont.rows(of: $0).count <= 9 })
        #expect(BitmapFont.rows(of: "é") == BitmapFont.rows(of: "💡"))
    }

    @Test func longCaptionsWrapBetweenWords() {
        #expect(BitmapFont.wrap("received at 12 dB", columns: 11) == ["received at", "12 dB"])
        #expect(BitmapFont.wrap("abcdefgh", columns: 3) == ["abc", "def", "gh"])
        #expect(BitmapFont.wrap("a\nb c", columns: 9) == ["a", "b c"])
    }

    @Test func panelsOfOtherSizesGetOneHeight() {
        let panels: [Montage.Panel] = [
            .init(picture: gradient(width: 512, height: 512), caption: "x"),
            .init(picture: gradient(width: 64, height: 128), caption: "a caption far too long for such a narrow panel"),
        ]
        let picture = Montage(panels: panels, panelHeight: 128).picture()
        #expect(picture.width == 8 + 128 + 8 + 64 + 8)
        #expect(picture.height > 8 + 128 + 8 + 3 * 22)
    }
}
