import Channel
import Networks
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

    /// As loud as codes are on average, by turns above and below zero.
    private func code(_ count: Int) -> [Float] {
        (0..<count).map { $0.isMultiple(of: 2) ? space.deviations[$0] : -space.deviations[$0] }
    }

    private func decoded(_ values: [Float], _ noise: [Float]) throws -> [Float] {
        try receiver.decode(values: values, noiseVariance: noise, resolution: 128).code
    }

    @Test(arguments: [128, 512, 700, 2048])
    func whatArrivesWithoutNoiseIsTheCode(_ count: Int) throws {
        let sent = code(count)
        let found = try decoded(sent, [Float](repeating: 1e-6, count: count))
        #expect(found.count == max(512, count))
        #expect(zip(found, sent).allSatisfy { abs($0 - $1) < 1e-3 })
        #expect(found.dropFirst(count).allSatisfy { $0 == 0 })
    }

    /// Fine numbers are shrunk by as much as the noise is stronger than they are; erased ones are zero.
    @Test func fineNumbersAreEstimatedOneByOne() throws {
        let sent = code(516)
        var noise = [Float](repeating: 1e-6, count: 516)
        for index in 512..<515 { noise[index] = space.deviations[index] * space.deviations[index] }
        noise[515] = .infinity
        let found = try decoded(sent, noise)
        for index in 512..<515 { #expect(abs(found[index] - sent[index] / 2) < 0.01) }
        #expect(found[515] == 0)
    }

    @Test func moreNumbersThanThereAreAreRefused() throws {
        #expect(throws: LatentEstimatorError.self) {
            try decoded([Float](repeating: 0, count: 2050), [Float](repeating: 1, count: 2050))
        }
    }
}
