import Glibc
import Synchronization

/// A caching allocator for tensor buffers.
///
/// Buffers are rounded up to a size class and kept for reuse when freed, so a steady loop asks the system for no
/// memory. When the idle buffers exceed `idleLimit`, the next request that misses returns them to the system first.
public enum Arena {
    private struct State {
        var idle: [Int: [UnsafeMutableRawPointer]] = [:]
        var idleBytes = 0
        var heldBytes = 0
        var peakBytes = 0
        var systemRequests = 0
        var idleLimit = 640 << 20
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

    /// Idle bytes above which a request that finds no fitting buffer first gives idle ones back (default 640 MiB).
    public static var idleLimit: Int {
        get { box.withLock { $0.state.idleLimit } }
        set { box.withLock { $0.state.idleLimit = newValue } }
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
                return (pointer, fitting)
            }
            if box.state.idleBytes > box.state.idleLimit { release(&box.state) }
            box.state.heldBytes += size
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

/// One arena buffer; goes back to the arena when the last tensor that uses it is gone.
final class Storage: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<Float>
    private let size: Int

    init(count: Int) {
        let buffer = Arena.allocate(Arena.sizeClass(count * MemoryLayout<Float>.stride))
        size = buffer.size
        pointer = buffer.pointer.assumingMemoryBound(to: Float.self)
    }

    deinit { Arena.free(pointer, size) }
}
