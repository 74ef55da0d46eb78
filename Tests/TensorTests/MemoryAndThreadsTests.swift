import Synchronization
import Testing

@testable import Tensor

@Suite struct MemoryAndThreadsTests {
    @Test func everyIndexIsVisitedOnce() {
        for count in [0, 1, 2, 7, 1000] {
            let visits = (0..<count).map { _ in Counter() }
            WorkerPool.shared.run(count) { visits[$0].value.wrappingAdd(1, ordering: .relaxed) }
            #expect(visits.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
        }
        var covered = [Int](repeating: 0, count: 100)
        covered.withUnsafeMutableBufferPointer { buffer in
            let pointer = buffer
            WorkerPool.shared.split(100, grain: 3) { range in
                for index in range { pointer[index] += 1 }
            }
        }
        #expect(covered.allSatisfy { $0 == 1 })
    }

    @Test func loopsMayNest() {
        let total = Counter()
        WorkerPool.shared.run(8) { _ in
            WorkerPool.shared.run(8) { _ in total.value.wrappingAdd(1, ordering: .relaxed) }
        }
        #expect(total.value.load(ordering: .relaxed) == 64)
    }

    @Test func manyThreadsMayUseThePoolAtOnce() async {
        let sums = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let total = Counter()
                    for _ in 0..<200 {
                        WorkerPool.shared.run(16) { total.value.wrappingAdd($0, ordering: .relaxed) }
                    }
                    return total.value.load(ordering: .relaxed)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(sums == [Int](repeating: 200 * 120, count: 8))
    }

    @Test func buffersAreReused() {
        let size = Arena.sizeClass(12_345_678)
        let first = Arena.allocate(size)
        Arena.free(first.pointer, first.size)
        let second = Arena.allocate(size)
        #expect(second.size >= size && second.size <= size + size / 2)
        Arena.free(second.pointer, second.size)
        #expect(Tensor.peakBytes >= size)
    }

    @Test(arguments: [1, 255, 256, 257, 4096, 1_000_000, (1 << 30) + 1])
    func sizeClassesWasteAtMostAnEighth(bytes: Int) {
        let size = Arena.sizeClass(bytes)
        #expect(size >= bytes && size <= max(bytes + 256, bytes + bytes / 8 + 1))
    }

    @Test func longTapesAreLetGoWithoutNesting() {
        let x = Variable(Tensor([1], shape: [1]), requiresGradient: true)
        var y = x
        for _ in 0..<200_000 { y = y + 0 }
        y = x
        for _ in 0..<200_000 { y = y + 0 }
        y.sum().backward()
        #expect(x.gradient?.values == [1])
    }

    @Test func gradientsThatShareABufferStayApart() {
        // Both inputs of `+` receive the same tensor; adding to one must not change the other.
        let x = Variable(Tensor([1, 2], shape: [2]), requiresGradient: true)
        let y = Variable(Tensor([3, 4], shape: [2]), requiresGradient: true)
        ((x + y) + (x * Float(2))).sum().backward()
        #expect(x.gradient?.values == [3, 3])
        #expect(y.gradient?.values == [1, 1])
    }
}

private final class Counter: Sendable {
    let value = Atomic<Int>(0)
}
