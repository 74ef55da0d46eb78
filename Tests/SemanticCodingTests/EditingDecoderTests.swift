import Channel
import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding

@Suite(.serialized) struct EditingDecoderTests {
    private let space: LatentSpace
    private let receiver: EditingDecoder

    init() throws {
        space = try installedModels.latentSpace(.expanded, network: installedModels.generator())
        receiver = try EditingDecoder(space: space)
    }

    /// Values on the air as far from the mean as usual, by turns above and below it.
    private func values(_ count: Int) -> [Float] {
        let sent = receiver.precoding.precoder(dimension: count)
        return (0..<count).map { place in
            let deviation = sent.covariance[place * (count + 1)].squareRoot()
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
        #expect(
            zip(found, receiver.precoding.precoder(dimension: count).code(of: sent)).prefix(count).allSatisfy {
                abs($0 - $1) < 2e-3
            }
        )
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
        let whole = receiver.precoding.precoder(dimension: 512)
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

    /// Long and short codes are mixed too: a lost value costs all numbers a little, and no number all.
    @Test(arguments: [128, 700])
    func lostValuesOfEveryLengthAreMadeUpFor(_ count: Int) throws {
        var random = SeededGenerator(seed: 9)
        let sent = receiver.precoding.precoder(dimension: count)
        let deviations = space.photos.deviations + space.deviations.dropFirst(512)
        let means = space.photos.mean + [Float](repeating: 0, count: 1536)
        let code = (0..<max(512, count)).map { $0 < count ? means[$0] + deviations[$0] * random.normal() : 0 }
        let noise = (0..<count).map { $0 % 8 == 3 ? Float.infinity : 1e-6 }
        let found = try decoded(sent.values(of: code), noise)
        /// In squared deviations, of the numbers in the lost values' places.
        func power(_ offsets: [Float]) -> Float {
            stride(from: 3, to: count, by: 8).reduce(0) { sum, place in
                let offset = offsets[place] / deviations[place]
                return sum + offset * offset
            }
        }
        let left = power(zip(found, code).map { $0 - $1 })
        #expect(left > 0 && left < 0.5 * power(zip(code, means).map { $0 - $1 }), "\(left)")
        #expect(found.dropFirst(count).allSatisfy { $0 == 0 })
    }

    /// Of codes as loud as photos' hardly any clips, whatever their length: full scale is 5.6 times the values' root mean
    /// square.
    @Test(arguments: [16, 64, 128, 256, 400, 510, 512, 514, 1024, 2048])
    func nothingClips(_ count: Int) throws {
        let sent = receiver.precoding.precoder(dimension: count)
        let factor = try #require(Tensor(space.photos.covariance, shape: [512, 512]).inverseCholesky)
        // Rows of M⁻¹ are not at hand: Σ·M has the covariance Σ·M·Mᵀ·Σ = Σ.
        let spread = Variable(Tensor(space.photos.covariance, shape: [512, 512])).matmul(Variable(factor))
        var random = SeededGenerator(seed: 3)
        let drawn = Tensor(normal: [200, 512], deviation: 1, generator: &random)
        let codes = Variable(drawn).linear(weight: spread).value.values
        let clipping = (0..<200).count { row in
            let usual = zip(codes[row * 512..<(row + 1) * 512], space.photos.mean).map { $0 + $1 }
            let fine = space.deviations.dropFirst(512).map { $0 * random.normal() }
            let values = sent.values(of: usual + fine)
            #expect(values.count == count)
            let square = values.reduce(0) { $0 + $1 * $1 } / Float(count)
            let peak = values.map { abs($0) }.max() ?? 0
            return peak > 5.6 * square.squareRoot()
        }
        #expect(clipping <= 1)
    }

    /// With a student 128 pixels are the student's, nearly the generator's; larger pictures stay the generator's.
    /// A code that is seen twice is known better, as if both had been one; what was edited in between is seen too.
    @Test(arguments: [false, true]) func whatArrivesAddsToWhatIsKnown(isEdited: Bool) throws {
        let differences = try installedModels.editDifferences(of: space)
        let receiver = try EditingDecoder(space: space, likeness: installedModels.likeness(), differences: differences)
        var random = SeededGenerator(seed: 12)
        var (before, after, change) = (0.0, 0.0, 0.0)
        for _ in 0..<4 {
            let first = zip(space.photos.mean, space.photos.deviations).map { $0 + $1 * random.normal() }
            // Along an axis of edits.
            let row = Array(try installedModels.editDifferences().tensor("axes").values.suffix(512))
            let second = isEdited ? zip(first, row).map { $0 + 1.5 * $1 } : first
            let sent = receiver.precoding.precoder(dimension: 512, designSNR: 0)
            func arrived(_ code: [Float]) -> (values: [Float], noise: [Float]) {
                let values = sent.values(of: code)
                let power = values.reduce(0) { $0 + $1 * $1 } / 512
                return (values.map { $0 + power.squareRoot() * random.normal() }, values.map { _ in power })
            }
            let (one, two) = (arrived(first), arrived(second))
            let known = try receiver.decode(
                values: one.values,
                noiseVariance: one.noise,
                designSNR: 0,
                resolution: 128
            )
            let refreshed = try receiver.decode(
                values: two.values,
                noiseVariance: two.noise,
                designSNR: 0,
                base: known.knowledge,
                resolution: 128
            )
            func harm(_ a: [Float], _ b: [Float]) -> Double {
                receiver.precoding.harm(of: zip(a, b).map { $0 - $1 }) ?? 0
            }
            before += harm(known.code, first)
            after += harm(refreshed.code, second)
            change += harm(second, first)
            #expect((refreshed.likeness?.samePerson ?? 0) > (known.likeness?.samePerson ?? 1))
            let told = receiver.precoding.share(of: refreshed.knowledge.variances)
            #expect(told < 0.9 * receiver.precoding.share(of: known.knowledge.variances))
        }
        #expect(after < 0.85 * before, "\(after) of \(before)")
        if isEdited { #expect(change > 0.5 * after) }
    }

    /// A difference moves what it is about, and nothing else.
    @Test func aDifferenceIsAddedToWhatIsKnown() throws {
        let found = try installedModels.editDifferences(of: space)
        let differences = try #require(found)
        let receiver = try EditingDecoder(space: space, likeness: installedModels.likeness(), differences: differences)
        let row = Array(try installedModels.editDifferences().tensor("axes").values.suffix(512))
        let known = CodeKnowledge(
            code: space.photos.mean,
            variances: receiver.precoding.allocation(dimension: 512, designSNR: 12)?.variances.map { $0 / 50 } ?? []
        )
        let (reals, kept) = differences.coded(row, designSNR: 12)
        let power = reals.reduce(0) { $0 + $1 * $1 } / 64
        let decoded = try receiver.decode(
            values: reals,
            noiseVariance: reals.map { _ in power / 16 },
            designSNR: 12,
            base: known,
            resolution: 128
        )
        let wanted = zip(space.photos.mean, kept).map(+)
        let left = receiver.precoding.harm(of: zip(decoded.code, wanted).map { $0 - $1 }) ?? 1
        #expect(left < 0.05 * (receiver.precoding.harm(of: row) ?? 0))
        let share = receiver.precoding.share(of: decoded.knowledge.variances)
        #expect(share > 0.02 && share < 0.03)
        // Nothing to go on from, or of another length.
        let quiet = [Float](repeating: 0.1, count: 100)
        #expect(throws: DecodingRefusal.self) {
            try receiver.decode(values: quiet, noiseVariance: quiet, base: known, resolution: 128)
        }
        #expect(throws: DecodingRefusal.self) {
            let other = CodeKnowledge(code: known.code, variances: [])
            return try receiver.decode(values: reals, noiseVariance: reals.map { _ in 1 }, base: other, resolution: 128)
        }
        #expect(throws: DecodingRefusal.self) {
            try self.receiver.decode(values: reals, noiseVariance: reals.map { _ in 1 }, base: known, resolution: 128)
        }
    }

    @Test func theStudentDrawsSmallPictures() throws {
        let student = try installedModels.student()
        let quick = try EditingDecoder(space: space, student: student)
        let noise = [Float](repeating: 1e-6, count: 512)
        let drawn = try quick.decode(values: values(512), noiseVariance: noise, resolution: 128)
        let (code, small) = (drawn.code, drawn.picture)
        #expect(small == space.generator(by: student).synthesizePicture(of: code, resolution: 128))
        let own = try receiver.decode(values: values(512), noiseVariance: noise, resolution: 128).picture
        let errors = zip(small.pixels, own.pixels).map { abs(Int($0) - Int($1)) }
        let mean = Double(errors.reduce(0, +)) / Double(errors.count)
        #expect(mean > 0 && mean < 8, "\(mean)")
        let large = try quick.decode(values: values(512), noiseVariance: noise, resolution: 256).picture
        #expect(large == space.generator.synthesizePicture(of: code, resolution: 256))
    }

    @Test func moreNumbersThanThereAreAreRefused() throws {
        #expect(throws: LatentEstimatorError.self) {
            try decoded([Float](repeating: 0, count: 2050), [Float](repeating: 1, count: 2050))
        }
    }
}
