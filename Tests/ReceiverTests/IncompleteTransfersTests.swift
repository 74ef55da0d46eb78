import Channel
import Foundation
import Testing

@testable import Receiver

struct IncompleteTransfersTests {
    private let plenty = (transfers: 100, bytes: 1 << 30)

    private func key(_ id: UUID = UUID(), peer: String = "a", isDraft: Bool = false) -> IncompleteTransfers.Key {
        .init(id: id, peer: peer, modelDigest: [1], designSNR: nil, isDraft: isDraft)
    }

    private func reals(_ count: Int, _ value: Float = 1) -> EqualizedReals {
        EqualizedReals(
            values: [Float](repeating: value, count: count),
            noiseVariance: [Float](repeating: 1, count: count)
        )
    }

    @Test func transmissionsOfATransferAddUp() {
        var incomplete = IncompleteTransfers()
        let key = key()
        for number in 1...20 {
            let all = incomplete.add(reals(512, Float(number)), to: key, at: .seconds(number), most: plenty)
            #expect(all.count == min(number, IncompleteTransfers.mostTransmissions))
            #expect(all.last?.values.first == Float(number))
        }
        #expect(incomplete.remove(key)?.count == IncompleteTransfers.mostTransmissions)
        #expect(incomplete.bytes == 0)
    }

    @Test func anotherLengthBeginsAnew() {
        var incomplete = IncompleteTransfers()
        let key = key()
        _ = incomplete.add(reals(512), to: key, at: .zero, most: plenty)
        #expect(incomplete.add(reals(128), to: key, at: .zero, most: plenty).count == 1)
    }

    @Test func aDraftIsNoCopyOfWhatFollows() {
        var incomplete = IncompleteTransfers()
        let id = UUID()
        _ = incomplete.add(reals(512), to: key(id, isDraft: true), at: .zero, most: plenty)
        #expect(incomplete.add(reals(512), to: key(id), at: .zero, most: plenty).count == 1)
    }

    @Test func anotherPeersTransmissionIsAnothersTransfer() {
        var incomplete = IncompleteTransfers()
        let id = UUID()
        _ = incomplete.add(reals(512), to: key(id), at: .zero, most: plenty)
        #expect(incomplete.add(reals(512), to: key(id, peer: "b"), at: .zero, most: plenty).count == 1)
    }

    @Test func memoryAndNumberAreBounded() {
        var incomplete = IncompleteTransfers()
        for number in 0..<512 {
            for _ in 0..<3 {
                _ = incomplete.add(reals(2048), to: key(), at: .seconds(number), most: (64, 1 << 20))
                #expect(incomplete.bytes <= 1 << 20)
                #expect(incomplete.count <= 64)
            }
        }
        #expect(incomplete.count > 10)
    }

    @Test func whatWaitsTooLongIsForgotten() {
        var incomplete = IncompleteTransfers(lifetime: .seconds(900))
        let (old, new) = (key(), key())
        _ = incomplete.add(reals(512), to: old, at: .zero, most: plenty)
        _ = incomplete.add(reals(512), to: new, at: .seconds(500), most: plenty)
        incomplete.expire(at: .seconds(900))
        #expect(incomplete.count == 1)
        #expect(incomplete.remove(old) == nil)
        #expect(incomplete.remove(new)?.count == 1)
        #expect(incomplete.bytes == 0)
    }
}
