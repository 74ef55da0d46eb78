import Foundation
import Imaging
import Tensor
import Testing

@testable import Networks

/// Faces in photos as people take them: on their side, on their head, small in a large picture.
@Suite(.serialized) struct UprightFaceTests {
    private static func astronaut() throws -> Picture {
        try PictureFile.read(path: Support.root.appendingPathComponent("docs/images/astronaut.png").path)
    }

    private func look(_ picture: Picture) throws -> (faces: [DetectedFace], quarterTurns: Int) {
        try Support.models.faceDetector().detectUpright(in: picture, scoreThreshold: 0.6) {}
    }

    /// Pastes pictures into a large one of a colour slope.
    private func scene(_ width: Int, _ height: Int, _ parts: [(Picture, x: Int, y: Int)]) -> Picture {
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        pixels.withUnsafeMutableBufferPointer { pixels in
            for y in 0..<height {
                for x in 0..<width {
                    let index = (y * width + x) * 3
                    pixels[index] = UInt8(90 + 60 * x / width)
                    pixels[index + 1] = UInt8(110 + 40 * y / height)
                    pixels[index + 2] = 120
                }
            }
            for (part, left, top) in parts {
                for y in 0..<part.height {
                    for index in 0..<part.width * 3 {
                        pixels[((top + y) * width + left) * 3 + index] = part.pixels[y * part.width * 3 + index]
                    }
                }
            }
        }
        return Picture(width: width, height: height, pixels: pixels)
    }

    @Test(arguments: [0, 1, 2, 3]) func aTurnedPhotoIsSetUpright(turns: Int) throws {
        let picture = try Self.astronaut()
        let reference = try #require(try look(picture).faces.first)
        let (faces, back) = try look(picture.turned(quarters: turns))
        #expect((turns + back) % 4 == 0)
        let face = try #require(faces.first)
        let size = Double(picture.width)
        let expected = reference.turnedBack(quarters: (4 - turns) % 4, width: size, height: size)
        for (point, other) in zip(face.landmarks, expected.landmarks) {
            #expect(abs(point.x - other.x) < 4 && abs(point.y - other.y) < 4)
        }
    }

    @Test(arguments: 0..<10, [1, 2, 3]) func drawnFacesAreSetUprightToo(index: Int, turns: Int) throws {
        let picture = try Support.picture("face-\(index).png")
        #expect(try look(picture).quarterTurns == 0)
        #expect(try look(picture.turned(quarters: turns)).quarterTurns == 4 - turns)
    }

    @Test func aPortraitOf300PixelsInAPhotoOf12MegapixelsIsFound() throws {
        let part = try Self.astronaut().resizedArea(width: 300, height: 300)
        let reference = try #require(try look(part).faces.first)
        let face = try #require(try look(scene(4000, 3000, [(part, 2650, 1930)])).faces.first)
        for (point, expected) in zip(face.landmarks, reference.landmarks) {
            #expect(abs(point.x - 2650 - expected.x) < 4 && abs(point.y - 1930 - expected.y) < 4)
        }
    }

    @Test func fivePortraitsOf280PixelsInAPhotoOf24MegapixelsAreFound() throws {
        let places = [(100, 100), (5600, 80), (2900, 1800), (160, 3640), (5700, 3700)]
        let parts = try places.enumerated().map { index, place in
            let part = try index == 0 ? Self.astronaut() : Support.picture("face-\(2 * index).png")
            return (part.resizedArea(width: 280, height: 280), x: place.0, y: place.1)
        }
        let faces = try look(scene(6000, 4000, parts)).faces
        for part in parts {
            let found = faces.contains {
                let (x, y) = ($0.x + $0.width / 2 - Double(part.x), $0.y + $0.height / 2 - Double(part.y))
                return (0...280).contains(x) && (0...280).contains(y)
            }
            #expect(found, "the one at \(part.x), \(part.y)")
        }
    }

    /// 32 pixels between the outer corners of the eyes are 22 between their centres: the least that is promised, in the
    /// largest photo there may be.
    @Test func theSmallestFaceInTheLargestPhotoIsFound() throws {
        let whole = try Self.astronaut()
        let face = try #require(try look(whole).faces.first)
        let apart = face.landmarks[1].x - face.landmarks[0].x
        let edge = Int(Double(whole.width) * 22 / apart)
        let part = whole.resizedArea(width: edge, height: edge)
        for (x, y) in [(7100, 7200), (3000, 903), (901, 5500)] {
            let found = try look(scene(8192, 8192, [(part, x, y)])).faces
            #expect(
                found.contains {
                    abs($0.landmarks[2].x - Double(x) - face.landmarks[2].x * 22 / apart) < 6
                        && abs($0.landmarks[2].y - Double(y) - face.landmarks[2].y * 22 / apart) < 6
                },
                "\(x), \(y)"
            )
        }
    }

    @Test func whoeverWaitsMayGiveUp() throws {
        struct GivenUp: Error {}
        let detector = try Support.models.faceDetector()
        let large = Picture(width: 3000, height: 2000, red: 9, green: 9, blue: 9)
        var calls = 0
        #expect(throws: GivenUp.self) {
            try detector.detectUpright(in: large, scoreThreshold: 0.6) { () throws(GivenUp) in
                calls += 1
                if calls == 3 { throw GivenUp() }
            }
        }
        #expect(calls == 3)
    }
}
