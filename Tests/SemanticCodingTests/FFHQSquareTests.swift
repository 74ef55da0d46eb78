import Foundation
import Imaging
import Testing

@testable import SemanticCoding

@Suite struct FFHQSquareTests {
    /// Eyes 40 apart, mouth 50 below them: the reach is max(2·40, 1.8·50) = 90, the centre 5 below the eyes.
    private let upright: [(Double, Double)] = [(80, 100), (120, 100), (100, 125), (85, 150), (115, 150)]

    @Test func uprightFaceGivesAnUprightSquare() {
        let square = FFHQSquare(landmarks: upright)
        #expect(abs(square.centre.x - 100) < 1e-9)
        #expect(abs(square.centre.y - 105) < 1e-9)
        #expect(abs(square.axis.x - 90) < 1e-9)
        #expect(abs(square.axis.y) < 1e-9)
        #expect(abs(square.edge - 180) < 1e-9)
    }

    @Test(arguments: [-40.0, -10, 15, 90]) func squareTurnsWithTheFace(degrees: Double) {
        let angle = degrees * .pi / 180
        let (c, s) = (cos(angle), sin(angle))
        let turned = upright.map { ($0.0 * c - $0.1 * s, $0.0 * s + $0.1 * c) }
        let square = FFHQSquare(landmarks: turned)
        #expect(abs(square.axis.x - 90 * c) < 1e-6)
        #expect(abs(square.axis.y - 90 * s) < 1e-6)
    }

    /// A picture whose red channel says x and green says y: the cut shows where each pixel came from.
    @Test func cutTakesThePixelsOfTheSquare() {
        var picture = Picture(width: 256, height: 256, pixels: [UInt8](repeating: 0, count: 256 * 256 * 3))
        for y in 0..<256 {
            for x in 0..<256 {
                picture.pixels[(y * 256 + x) * 3] = UInt8(x)
                picture.pixels[(y * 256 + x) * 3 + 1] = UInt8(y)
            }
        }
        let cut = FFHQSquare(landmarks: upright).cut(from: picture, edge: 180)
        // Corner (10, 15), one photo pixel to each cut pixel.
        for (x, y) in [(5, 9), (90, 90), (170, 100)] {
            #expect(abs(Int(cut.pixels[(y * 180 + x) * 3]) - (10 + x)) <= 1)
            #expect(abs(Int(cut.pixels[(y * 180 + x) * 3 + 1]) - (15 + y)) <= 1)
        }
    }

    /// Of a tremble a quarter is followed, a leap at once; a face that stands still is reached.
    @Test func smallMovesAreFollowedSlowly() {
        func square(_ x: Double, _ y: Double = 0) -> FFHQSquare {
            FFHQSquare(landmarks: upright.map { ($0.0 + x, $0.1 + y) })
        }
        let before = square(0)
        #expect(square(0).steadied(after: before) == before)
        // A ninetieth of the edge.
        let trembled = square(2).steadied(after: before)
        #expect(abs(trembled.centre.x - before.centre.x - 0.5) < 1e-9 && abs(trembled.edge - before.edge) < 1e-9)
        // Half of a twentieth.
        #expect(abs(square(0, 4.5).steadied(after: before).centre.y - before.centre.y - 2.25) < 1e-9)
        #expect(square(30, -20).steadied(after: before) == square(30, -20))
        var place = before
        for _ in 0..<40 { place = square(3).steadied(after: place) }
        #expect(abs(place.centre.x - before.centre.x - 3) < 1e-3)
    }
}
