import CKernels

/// How exactly frozen styled convolutions multiply; sums are in single precision either way.
public enum ProductPrecision: String, Codable, Sendable, CaseIterable {
    case single
    /// Factors rounded to bfloat16 (8 significant bits): about twice as fast, on processors with AVX512_BF16. Others go
    /// on in single precision.
    case half

    /// What layers called from here on use, forward and on their way back.
    @TaskLocal public static var current = ProductPrecision.single
}

/// Frozen weights [out,in] rounded to bfloat16, laid out for products from both sides.
final class HalfWeights: Sendable {
    private let forward, backward: Packed

    /// Nil where the processor has no such products.
    init?(_ weight: Tensor) {
        guard ck_has_bfloat16() != 0 else { return nil }
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        forward = Packed(weight, rows: inputs, columns: outputs, strides: (1, inputs))
        backward = Packed(weight, rows: outputs, columns: inputs, strides: (inputs, 1))
    }

    /// y [rows,out] ← x [rows,in]·weightᵀ, on the calling thread.
    func multiply(_ x: UnsafePointer<Float>, rows: Int, into y: UnsafeMutablePointer<Float>) {
        forward.multiply(x, rows, into: y)
    }

    /// x [rows,in] ← g [rows,out]·weight, on the calling thread.
    func multiplyBack(_ g: UnsafePointer<Float>, rows: Int, into x: UnsafeMutablePointer<Float>) {
        backward.multiply(g, rows, into: x)
    }

    private struct Packed: Sendable {
        let rows, columns: Int
        let values: [UInt16]

        init(_ weight: Tensor, rows: Int, columns: Int, strides: (row: Int, column: Int)) {
            (self.rows, self.columns) = (rows, columns)
            let count = ck_bfloat16_packed(rows, columns)
            values = [UInt16](unsafeUninitializedCapacity: count) { buffer, initialized in
                ck_bfloat16_pack(weight.pointer, rows, columns, strides.row, strides.column, buffer.baseAddress)
                initialized = count
            }
        }

        func multiply(_ x: UnsafePointer<Float>, _ count: Int, into y: UnsafeMutablePointer<Float>) {
            withUnsafeTemporaryAllocation(of: UInt16.self, capacity: ck_bfloat16_scratch(rows)) { scratch in
                values.withUnsafeBufferPointer {
                    ck_bfloat16_multiply(
                        x,
                        rows,
                        $0.baseAddress,
                        y,
                        columns,
                        count,
                        columns,
                        rows,
                        scratch.baseAddress
                    )
                }
            }
        }
    }
}
