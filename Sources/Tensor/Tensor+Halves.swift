import CKernels

extension Tensor {
    /// Sets the elements to halves, 16 bits each, wherever they lie; nothing where there are not as many of them.
    package func setHalves(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 2 * count, let start = bytes.baseAddress else { return }
        if Int(bitPattern: start) % MemoryLayout<UInt16>.alignment == 0 {
            ck_half_to_float(start.assumingMemoryBound(to: UInt16.self), count, pointer)
            return
        }
        let aligned = (0..<count).map { bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self) }
        ck_half_to_float(aligned, count, pointer)
    }
}
