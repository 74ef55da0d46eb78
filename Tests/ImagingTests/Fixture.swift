import Foundation

@testable import Imaging

/// The bytes of a file in Fixtures.
func fixture(_ name: String, file: String = #filePath) throws -> [UInt8] {
    let folder = URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("Fixtures")
    return [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
}

/// The picture that Scripts/make_picture_fixtures.py draws.
func flag() -> Picture {
    var picture = Picture(width: 24, height: 16, red: 0, green: 0, blue: 255)
    for y in 0..<16 {
        for x in 0..<12 {
            let green = x < 8 && y < 8
            let index = (y * 24 + x) * 3
            picture.pixels[index] = green ? 0 : 255
            picture.pixels[index + 1] = green ? 255 : 0
            picture.pixels[index + 2] = 0
        }
    }
    return picture
}

/// A smooth picture without symmetry.
func gradient(width: Int, height: Int) -> Picture {
    var pixels: [UInt8] = []
    for y in 0..<height {
        for x in 0..<width {
            pixels += [UInt8(255 * x / width), UInt8(255 * y / height), UInt8(255 * (x + y) / (width + height))]
        }
    }
    return Picture(width: width, height: height, pixels: pixels)
}

extension Picture {
    func colour(x: Int, y: Int) -> [Int] {
        pixels[(y * width + x) * 3..<(y * width + x) * 3 + 3].map(Int.init)
    }
}
