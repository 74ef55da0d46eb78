import Testing

@testable import Relay

struct DelayQueueTests {
    @Test func leavesInOrderOfTimeThenOfArrival() {
        var queue = DelayQueue<Int>(limits: .init())
        for (number, due) in [30, 10, 20, 10, 30, 0].enumerated() {
            let inserted = queue.insert(number, bytes: 1, due: .milliseconds(due))
            #expect(inserted)
        }
        #expect(queue.nextDeadline == .zero)
        var left: [Int] = []
        while let next = queue.popDue(at: .milliseconds(20)) { left.append(next) }
        #expect(left == [5, 1, 3, 2])
        #expect(queue.count == 2)
        #expect(queue.nextDeadline == .milliseconds(30))
        #expect(queue.popDue(at: .milliseconds(30)) == 0)
        #expect(queue.popDue(at: .milliseconds(30)) == 4)
        #expect(queue.popDue(at: .seconds(99)) == nil)
        #expect(queue.nextDeadline == nil)
    }

    @Test func isBoundedInPacketsAndBytes() {
        var queue = DelayQueue<Int>(limits: .init(packets: 3, bytes: 100))
        #expect(queue.insert(0, bytes: 60, due: .seconds(1)) == true)
        #expect(queue.insert(1, bytes: 41, due: .zero) == false)
        #expect(queue.insert(2, bytes: 0, due: .zero) == true)
        #expect(queue.insert(3, bytes: 40, due: .zero) == true)
        #expect(queue.insert(4, bytes: 0, due: .zero) == false)
        #expect(queue.bytes == 100)
        _ = queue.popDue(at: .zero)
        #expect(queue.insert(5, bytes: 0, due: .zero) == true)
        while queue.popDue(at: .seconds(1)) != nil {}
        #expect(queue.bytes == 0 && queue.count == 0)
    }
}
