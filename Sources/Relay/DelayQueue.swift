import HeapModule

/// What may wait at most.
struct DelayLimits: Sendable, Equatable {
    var packets = 4096
    var bytes = 8 << 20
}

/// Holds packets until they are due; bounded in packets and bytes.
///
/// Packets that are due at the same time leave in the order in which they came.
struct DelayQueue<Element: Sendable>: Sendable {
    private struct Waiting: Comparable, Sendable {
        let due: Duration
        let number: UInt64
        let bytes: Int
        let element: Element

        static func < (a: Waiting, b: Waiting) -> Bool { (a.due, a.number) < (b.due, b.number) }
        static func == (a: Waiting, b: Waiting) -> Bool { a.number == b.number }
    }

    private let limits: DelayLimits
    private var heap = Heap<Waiting>()
    private var inserted: UInt64 = 0
    private(set) var bytes = 0

    init(limits: DelayLimits) {
        self.limits = limits
    }

    var count: Int { heap.count }
    /// When the next packet is due.
    var nextDeadline: Duration? { heap.min?.due }

    /// - Returns: whether there was room.
    mutating func insert(_ element: Element, bytes size: Int, due: Duration) -> Bool {
        guard heap.count < limits.packets, bytes + size <= limits.bytes else { return false }
        heap.insert(Waiting(due: due, number: inserted, bytes: size, element: element))
        inserted += 1
        bytes += size
        return true
    }

    /// Takes out the packet that is due next, if it is due.
    mutating func popDue(at now: Duration) -> Element? {
        guard let next = heap.min, next.due <= now else { return nil }
        _ = heap.popMin()
        bytes -= next.bytes
        return next.element
    }
}
