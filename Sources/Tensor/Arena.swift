import Glibc
import Synchronization

/// A caching allocator for tensor buffers.
///
/// Buffers are rounded up to a size class and kept for reuse when freed, so a steady loop asks the system for no
/// memory. A request that finds no fitting buffer and would take the arena past its limit first gives the idle ones
/// back; the limit follows the largest amount ever in use, so that a loop larger than it does not thrash.
public enum Arena {
    private struct State {
        var idle: [Int: [UnsafeMutableRawPointer]] = [:]
        var idleBytes = 0
        var heldBytes = 0
        var peakBytes = 0
        var systemRequests = 0
        var largestUse = 0
        var limit = 1 << 30

        mutating func noteUse() { largestUse = max(largestUse, heldBytes - idleBytes) }
    }

    private struct Box: @unchecked Sendable {
        var state = State()
    }

    private static let box = Mutex(Box())

    /// The largest number of bytes ever held from the system at once, idle buffers included.
    public static var peakBytes: Int { box.withLock { $0.state.peakBytes } }

    /// Bytes held from the system now, idle buffers included.
    public static var heldBytes: Int { box.withLock { $0.state.heldBytes } }

    /// How many times the arena has asked the system for memory.
    public static var systemRequests: Int { box.withLock { $0.state.systemRequests } }

    /// Bytes to hold before idle buffers are given back (default 1 GiB).
    public static var limit: Int {
        get { box.withLock { $0.state.limit } }
        set { box.withLock { $0.state.limit = newValue } }
    }

    /// Returns every idle buffer to the system.
    public static func trim() {
        box.withLock { release(&$0.state) }
    }

    /// The bytes really reserved for a request: at most an eighth more than asked, so that near sizes share buffers.
    static func sizeClass(_ bytes: Int) -> Int {
        let least = 256
        guard bytes > least else { return least }
        let top = Int.bitWidth - 1 - (bytes - 1).leadingZeroBitCount
        let step = max(least, (1 << top) / 8)
        return (bytes + step - 1) / step * step
    }

    /// A buffer of at least `size` bytes, which must be a size class, and its true size.
    static func allocate(_ size: Int) -> (pointer: UnsafeMutableRawPointer, size: Int) {
        let found = box.withLock { box -> (UnsafeMutableRawPointer, Int)? in
            if let fitting = fittingClass(size, box.state), let pointer = box.state.idle[fitting]?.popLast() {
                box.state.idleBytes -= fitting
                box.state.noteUse()
                return (pointer, fitting)
            }
            let limit = max(box.state.limit, box.state.largestUse / 4 * 5)
            if box.state.heldBytes + size > limit, box.state.idleBytes >= size { release(&box.state) }
            box.state.heldBytes += size
            box.state.noteUse()
            box.state.peakBytes = max(box.state.peakBytes, box.state.heldBytes)
            box.state.systemRequests += 1
            return nil
        }
        if let found { return found }
        let huge = 2 << 20
        guard size >= huge else { return (.allocate(byteCount: size, alignment: 64), size) }
        let pointer = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: huge)
        madvise(pointer, size, MADV_HUGEPAGE)
        return (pointer, size)
    }

    /// The idle size class that wastes least: the request's own, or for large requests one up to half as large again.
    private static func fittingClass(_ size: Int, _ state: State) -> Int? {
        if let own = state.idle[size], !own.isEmpty { return size }
        guard size >= 1 << 20 else { return nil }
        return state.idle.filter { $0.key > size && $0.key <= size + size / 2 && !$0.value.isEmpty }.keys.min()
    }

    static func free(_ pointer: UnsafeMutableRawPointer, _ size: Int) {
        box.withLock {
            $0.state.idle[size, default: []].append(pointer)
            $0.state.idleBytes += size
        }
    }

    private static func release(_ state: inout State) {
        for pointers in state.idle.values {
            for pointer in pointers { pointer.deallocate() }
        }
        state.heldBytes -= state.idleBytes
        state.idleBytes = 0
        state.idle.removeAll()
    }
}

/// Where a tensor's elements lie: an arena buffer, which goes back to the arena when the last tensor that uses it is gone, or
/// memory of someone else's.
final class Storage: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>
    private let size: Int
    /// Whose memory it is; nil for the arena's.
    private let owner: AnyObject?

    init(count: Int) {
        let buffer = Arena.allocate(Arena.sizeClass(count * MemoryLayout<Float>.stride))
        size = buffer.size
        pointer = buffer.pointer.assumingMemoryBound(to: Float.self)
        owner = nil
    }

    /// Memory that stays where it is as long as `owner` lives.
    init(borrowing pointer: UnsafeMutablePointer<Float>, of owner: AnyObject) {
        (self.pointer, self.owner, size) = (pointer, owner, 0)
    }

    deinit {
        if owner == nil { Arena.free(pointer, size) }
    }
}
