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
        var idleLimit = 384 << 20
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

    /// Idle bytes above which a request that finds no fitting buffer first gives idle ones back (default 384 MiB).
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

    static func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        let found = box.withLock { box -> UnsafeMutableRawPointer? in
            if let pointer = box.state.idle[size]?.popLast() {
                box.state.idleBytes -= size
                return pointer
            }
            if box.state.idleBytes > box.state.idleLimit { release(&box.state) }
            box.state.heldBytes += size
            box.state.peakBytes = max(box.state.peakBytes, box.state.heldBytes)
            box.state.systemRequests += 1
            return nil
        }
        if let found { return found }
        let huge = 2 << 20
        guard size >= huge else { return .allocate(byteCount: size, alignment: 64) }
        let pointer = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: huge)
        madvise(pointer, size, MADV_HUGEPAGE)
        return pointer
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
        size = Arena.sizeClass(count * MemoryLayout<Float>.stride)
        pointer = Arena.allocate(size).assumingMemoryBound(to: Float.self)
    }

    deinit { Arena.free(pointer, size) }
}
