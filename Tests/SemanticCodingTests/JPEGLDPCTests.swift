import Channel
import Imaging
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding

@Suite struct JPEGLDPCTests {
    private let coder: JPEGLDPCPictureCoder
    private let photo: Picture

    init() throws {
        coder = try JPEGLDPCPictureCoder.paper()
        photo = try PictureFile.read(path: Fuzzer.root + "/docs/images/astronaut.png")
            .resizedArea(width: 128, height: 128)
    }

    /// The reals after noise of one axis.
    private func received(_ reals: [Float], deviation: Float) -> (values: [Float], noiseVariance: [Float]) {
        var random = SeededGenerator(seed: 7)
        return (
            reals.map { $0 + deviation * random.normal() },
            reals.map { _ in deviation * deviation }
        )
    }

    @Test func theRatesAreThePapers() throws {
        // 0.0389 in complex symbols of 128-pixel pictures; 0.0111 of 1024.
        #expect(abs(Double(coder.dimension) / 2 / 49152 - 0.0389) < 1e-4)
        let large = try JPEGLDPCPictureCoder.paper(edge: 1024)
        #expect(abs(Double(large.dimension) / 2 / (3 * 1024 * 1024) - 0.0111) < 1e-4)
    }

    @Test func whatIsHeardIsTheJPEGFileAndWhatIsNotIsNothing() throws {
        let reals = try coder.reals(of: photo)
        #expect(reals.count == coder.dimension)
        let power = reals.reduce(0) { $0 + $1 * $1 } / Float(coder.dimension / 2)
        #expect(abs(power - 1) < 0.05)
        let quiet = received(reals, deviation: 0.1)
        let picture = try #require(try coder.picture(values: quiet.values, noiseVariance: quiet.noiseVariance))
        #expect(picture.psnr(against: photo) > 19)
        // The receiver makes the header of the file by itself, and has the very picture.
        let payload = try coder.payload(of: photo)
        #expect(picture == coder.picture(of: payload))
        let loud = received(reals, deviation: 0.5)
        #expect(try coder.picture(values: loud.values, noiseVariance: loud.noiseVariance) == nil)
        let lost = reals.map { _ in Float.infinity }
        #expect(try coder.picture(values: reals, noiseVariance: lost) == nil)
        #expect(throws: PictureCoderError.otherCount(10, expected: coder.dimension)) {
            try coder.picture(values: Array(reals[..<10]), noiseVariance: Array(lost[..<10]))
        }
    }

    @Test func aPictureThatFitsInNoQualityIsSentSmaller() throws {
        let narrow = try JPEGLDPCPictureCoder(edge: 128, bitsPerPixel: 0.12, modulation: .qpsk, rate: 0.5)
        let payload = try narrow.payload(of: photo)
        #expect(payload[1] > 0)
        #expect(try #require(narrow.picture(of: payload)).psnr(against: photo) > 15)
        #expect(throws: PictureError.self) {
            try JPEGLDPCPictureCoder(edge: 128, bitsPerPixel: 0.005, modulation: .qpsk, rate: 0.5).payload(of: photo)
        }
        #expect(throws: PictureCoderError.noCode) {
            try JPEGLDPCPictureCoder(edge: 8, bitsPerPixel: 0.1, modulation: .qpsk, rate: 0.5)
        }
    }

    @Test func anyPayloadIsAPictureOrNone() throws {
        let valid = try coder.payload(of: photo)
        var random = SeededGenerator(seed: 3)
        var pictures = 0
        for _ in 0..<400 {
            var payload = valid
            for _ in 0..<1 + Int(8 * random.uniform()) {
                let reach = random.uniform() < 0.5 ? 4 : payload.count
                payload[Int(Float(reach) * random.uniform())] = UInt8(256 * random.uniform())
            }
            if let picture = coder.picture(of: payload) {
                #expect(picture.width == 128 && picture.height == 128)
                pictures += 1
            }
        }
        #expect(pictures > 10)
        #expect(coder.picture(of: []) == nil)
        #expect(coder.picture(of: [50, 0, 0xFF, 0xFF, 1]) == nil)
    }
}
