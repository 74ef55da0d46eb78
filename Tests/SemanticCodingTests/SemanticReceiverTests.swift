import Channel
import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding

@Suite(.serialized) struct SemanticReceiverTests {
    private let space: LatentSpace
    private let receiver: SemanticReceiver

    init() throws {
        space = try installedModels.latentSpace(.expanded, network: installedModels.generator())
        receiver = try SemanticReceiver(space: space)
    }

    /// Values on the air as far from the mean as usual, by turns above and below it.
    private func values(_ count: Int) -> [Float] {
        (0..<count).map { place in
            let usual = space.usualLength
            let deviation =
                place < usual ? space.sent(count).covariance[place * (usual + 1)].squareRoot() : space.deviations[place]
            return place.isMultiple(of: 2) ? deviation : -deviation
        }
    }

    private func decoded(_ values: [Float], _ noise: [Float]) throws -> [Float] {
        try receiver.decode(values: values, noiseVariance: noise, resolution: 128).code
    }

    @Test(arguments: [128, 512, 700, 2048])
    func whatArrivesWithoutNoiseIsTheCode(_ count: Int) throws {
        let sent = values(count)
        let found = try decoded(sent, [Float](repeating: 1e-6, count: count))
        #expect(found.count == max(512, count))
        #expect(zip(found, space.sent(count).code(of: sent)).prefix(count).allSatisfy { abs($0 - $1) < 2e-3 })
        // A short code was found with the others at zero, whatever photos' mean is.
        #expect(found.dropFirst(count).allSatisfy { $0 == 0 })
    }

    /// What was sent and lost is estimated from the rest.
    @Test func lostNumbersAreNotTakenForUnsentOnes() throws {
        let lost = [Float](repeating: 1e-6, count: 256) + [Float](repeating: .infinity, count: 256)
        let found = try decoded(values(512), lost)
        #expect(found.suffix(256).allSatisfy { $0 != 0 })
    }

    /// Each value says something of every number: with one in eight lost, more than half of what a code is comes back.
    @Test func lostValuesAreMadeUpForByTheOthers() throws {
        var random = SeededGenerator(seed: 9)
        let whole = space.sent(512)
        let code = zip(space.photos.mean, space.photos.deviations).map { $0 + $1 * random.normal() }
        let noise = (0..<512).map { $0 % 8 == 3 ? Float.infinity : 1e-6 }
        let found = try decoded(whole.values(of: code), noise)
        /// In squared deviations.
        func power(_ offsets: [Float]) -> Float {
            zip(offsets, space.statistics.deviations).reduce(0) { $0 + $1.0 * $1.0 / ($1.1 * $1.1) }
        }
        let left = power(zip(found, code).map { $0 - $1 })
        #expect(left > 0 && left < 0.5 * power(zip(code, space.photos.mean).map { $0 - $1 }), "\(left)")
    }

    /// Fine numbers are shrunk by as much as the noise is stronger than they are; erased ones are zero.
    @Test func fineNumbersAreEstimatedOneByOne() throws {
        let sent = values(516)
        var noise = [Float](repeating: 1e-6, count: 516)
        for index in 512..<515 { noise[index] = space.deviations[index] * space.deviations[index] }
        noise[515] = .infinity
        let found = try decoded(sent, noise)
        for index in 512..<515 { #expect(abs(found[index] - sent[index] / 2) < 0.01) }
        #expect(found[515] == 0)
    }

    /// With a student 128 pixels are the student's, nearly the generator's; larger pictures stay the generator's.
    @Test func theStudentDrawsSmallPictures() throws {
        let student = try installedModels.student()
        let quick = try SemanticReceiver(space: space, student: student)
        let noise = [Float](repeating: 1e-6, count: 512)
        let (code, small) = try quick.decode(values: values(512), noiseVariance: noise, resolution: 128)
        #expect(small.pixels == space.drawn(by: student).picture(of: code, resolution: 128).pixels)
        let own = try receiver.decode(values: values(512), noiseVariance: noise, resolution: 128).picture
        let errors = zip(small.pixels, own.pixels).map { abs(Int($0) - Int($1)) }
        let mean = Double(errors.reduce(0, +)) / Double(errors.count)
        #expect(mean > 0 && mean < 8, "\(mean)")
        let large = try quick.decode(values: values(512), noiseVariance: noise, resolution: 256).picture
        #expect(large.pixels == space.generator.picture(of: code, resolution: 256).pixels)
    }

    @Test func moreNumbersThanThereAreAreRefused() throws {
        #expect(throws: LatentEstimatorError.self) {
            try decoded([Float](repeating: 0, count: 2050), [Float](repeating: 1, count: 2050))
        }
    }
}
