import CKernels
import Synchronization

/// How exactly frozen convolutions multiply; sums are in single precision either way. It is said at each call, and holds
/// for the way back of that call too.
public enum ProductPrecision: String, Codable, Sendable, CaseIterable {
    case single
    /// Factors rounded to bfloat16 (8 significant bits): products are twice as fast on processors with AVX512_BF16,
    /// several times on those with AMX. Others go on in single precision.
    case bfloat16

    /// The same, but single where the processor knows no other.
    var possible: ProductPrecision { BFloat16Matrix.areSupported ? self : .single }
}

/// One factor of matrix products, rounded to bfloat16 and laid out for them.
struct BFloat16Matrix: Sendable {
    private let rows, columns: Int
    private let values: [UInt16]

    static let areSupported = ck_has_bfloat16() != 0

    /// Element (i, j) of rows × columns lies at `start` + i·strides.row + j·strides.column.
    init(_ start: UnsafePointer<Float>, rows: Int, columns: Int, strides: (row: Int, column: Int)) {
        (self.rows, self.columns) = (rows, columns)
        let count = ck_bfloat16_packed(rows, columns)
        values = [UInt16](unsafeUninitializedCapacity: count) { buffer, initialized in
            ck_bfloat16_pack(start, rows, columns, strides.row, strides.column, buffer.baseAddress)
            initialized = count
        }
    }

    /// y [count,columns] ← x [count,rows] · this, on the calling thread, where products in bfloat16 are supported.
    func multiply(_ x: UnsafePointer<Float>, count: Int, into y: UnsafeMutablePointer<Float>) {
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: ck_bfloat16_scratch(rows)) { scratch in
            values.withUnsafeBufferPointer {
                ck_bfloat16_multiply(x, rows, $0.baseAddress, y, columns, count, columns, rows, scratch.baseAddress)
            }
        }
    }

    /// The same for all of `x`, shared out among threads.
    func multiply(_ x: Tensor, into y: Tensor) {
        WorkerPool.shared.split(x.count / rows, grain: 32) { range in
            let (from, to) = (x.pointer + range.lowerBound * rows, y.pointer + range.lowerBound * columns)
            multiply(from, count: range.count, into: to)
        }
    }
}

/// Frozen weights [out,in] for products in bfloat16, made when they are first asked for.
final class BFloat16Weights: Sendable {
    /// For x·weightᵀ and for g·weight.
    typealias Sides = (forward: BFloat16Matrix, backward: BFloat16Matrix)

    private let sides = Mutex<Sides?>(nil)
    private let weight: Tensor

    init(_ weight: Tensor) {
        self.weight = weight
    }

    /// Nil where the precision is single, or the processor knows no other.
    func sides(_ precision: ProductPrecision) -> Sides? {
        guard precision.possible == .bfloat16 else { return nil }
        return sides.withLock { known in
            let (outputs, inputs) = (weight.shape[0], weight.count / weight.shape[0])
            let start = weight.pointer
            let made =
                known
                ?? (
                    BFloat16Matrix(start, rows: inputs, columns: outputs, strides: (1, inputs)),
                    BFloat16Matrix(start, rows: outputs, columns: inputs, strides: (inputs, 1))
                )
            known = made
            return made
        }
    }
}
