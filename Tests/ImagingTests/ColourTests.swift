import Testing

@testable import Imaging

/// Colours of other profiles than sRGB, as Scripts/make_picture_fixtures.py computes them.
@Suite struct ColourTests {
    @Test(arguments: [
        ("p3.png", [216, 93, 24]), ("cicp.png", [215, 93, 31]), ("gamma.png", [210, 119, 65]),
        ("chrm.png", [226, 100, 46]), ("p3.webp", [216, 93, 24]),
    ])
    func losslessFilesComeToSRGB(name: String, expected: [Int]) throws {
        let colour = try PictureFile.decode(fixture(name)).colour(x: 4, y: 4)
        #expect(zip(colour, expected).allSatisfy { abs($0 - $1) <= 2 }, "\(colour)")
    }

    @Test(arguments: [
        ("adobe.jpg", [227, 100, 42]), ("cmyk-profile.jpg", [160, 122, 154]), ("p3.heic", [216, 93, 24]),
    ])
    func lossyFilesComeToSRGB(name: String, expected: [Int]) throws {
        let colour = try PictureFile.decode(fixture(name)).colour(x: 8, y: 8)
        #expect(zip(colour, expected).allSatisfy { abs($0 - $1) <= 6 }, "\(colour)")
    }

    @Test func aBrokenProfileIsNoReasonToRefuse() throws {
        let png = try fixture("rgb.png")
        let broken = PNGBytes.chunk("iCCP", Array("x\0\0nothing".utf8))
        #expect(try PictureFile.decode(png[..<33] + broken + png[33...]) == flag())
        for profile in [[], [UInt8](repeating: 7, count: 300)] {
            #expect(ColourSource.profile(profile).transform(from: .rgb, isGrey: false) == nil)
        }
        #expect(ColourSource.measured(gamma: 0, chromaticities: nil).transform(from: .rgb, isGrey: false) == nil)
    }

    @Test func sRGBIsLeftAlone() {
        let same: [ColourSource] = [
            .srgb, .coded(primaries: 1, transfer: 13), .coded(primaries: 2, transfer: 2),
            .measured(gamma: 0.45455, chromaticities: nil), .measured(gamma: nil, chromaticities: nil),
        ]
        for source in same { #expect(source.transform(from: .rgb, isGrey: false) == nil) }
    }

    /// White stays white, grey stays grey, and light beyond white is cut off.
    @Test(arguments: [(9, 16), (9, 18), (12, 13), (1, 8), (4, 4)]) func greysStayGrey(
        primaries: Int,
        transfer: Int
    ) throws {
        let source = ColourSource.coded(primaries: primaries, transfer: transfer)
        let transform = try #require(source.transform(from: .rgb, isGrey: false))
        let samples: [UInt8] = [255, 255, 255, 120, 120, 120, 0, 0, 0]
        var rgb = [UInt8](repeating: 9, count: 9)
        samples.withUnsafeBytes { from in
            guard let start = from.baseAddress else { return }
            rgb.withUnsafeMutableBufferPointer { to in
                guard let target = to.baseAddress else { return }
                transform.convert(start, into: target, count: 3)
            }
        }
        #expect(rgb[0] >= 254 && rgb[6] <= 1)
        #expect(abs(Int(rgb[3]) - Int(rgb[4])) <= 2 && abs(Int(rgb[4]) - Int(rgb[5])) <= 2)
    }
}
