import CKernels
import COpenBLAS

/// Row-major `C = op(A)·op(B) + beta·C` over the worker pool; OpenBLAS itself runs on one thread.
enum MatrixProduct {
    /// Asked for before each use of OpenBLAS: with more threads it rounds otherwise, and the number of cores would decide.
    static let blasIsSingleThreaded: Bool = {
        openblas_set_num_threads(1)
        return true
    }()

    /// op(A) is m×k, op(B) is k×n; `lda`, `ldb`, `ldc` are the row strides of A, B and C as they are stored.
    static func multiply(
        _ a: UnsafePointer<Float>,
        transposedA: Bool = false,
        lda: Int,
        _ b: UnsafePointer<Float>,
        transposedB: Bool = false,
        ldb: Int,
        into c: UnsafeMutablePointer<Float>,
        ldc: Int,
        m: Int,
        n: Int,
        k: Int,
        beta: Float = 0
    ) {
        let work = m * n * k
        guard work > 1 << 16 else {
            block(a, transposedA, lda, b, transposedB, ldb, c, ldc, m, n, k, beta)
            return
        }
        let pieces = min(WorkerPool.shared.threads, max(1, work >> 16))
        if m >= n {
            WorkerPool.shared.run(pieces) { piece in
                let (from, to) = Self.bounds(m, piece, pieces)
                guard to > from else { return }
                let start = transposedA ? from : from * lda
                block(a + start, transposedA, lda, b, transposedB, ldb, c + from * ldc, ldc, to - from, n, k, beta)
            }
        } else {
            WorkerPool.shared.run(pieces) { piece in
                let (from, to) = Self.bounds(n, piece, pieces)
                guard to > from else { return }
                let start = transposedB ? from * ldb : from
                block(a, transposedA, lda, b + start, transposedB, ldb, c + from, ldc, m, to - from, k, beta)
            }
        }
    }

    /// Boundaries on multiples of 16, so that pieces keep OpenBLAS's inner tiles whole.
    private static func bounds(_ total: Int, _ piece: Int, _ pieces: Int) -> (Int, Int) {
        let tiles = (total + 15) / 16
        return (min(total, tiles * piece / pieces * 16), min(total, tiles * (piece + 1) / pieces * 16))
    }

    /// One product on the calling thread.
    static func block(
        _ a: UnsafePointer<Float>,
        _ transposedA: Bool,
        _ lda: Int,
        _ b: UnsafePointer<Float>,
        _ transposedB: Bool,
        _ ldb: Int,
        _ c: UnsafeMutablePointer<Float>,
        _ ldc: Int,
        _ m: Int,
        _ n: Int,
        _ k: Int,
        _ beta: Float
    ) {
        _ = blasIsSingleThreaded
        let began = ck_clock_begin()
        defer { ck_clock_end(Int32(CK_PRODUCT.rawValue), began, 2 * m * n * k, 4 * (m * k + k * n + m * n)) }
        if m == 1, !transposedA {
            // cblas_sgemm would copy all of B first.
            let (rows, columns) = transposedB ? (n, k) : (k, n)
            let order = transposedB ? CblasNoTrans : CblasTrans
            cblas_sgemv(CblasRowMajor, order, Int32(rows), Int32(columns), 1, b, Int32(ldb), a, 1, beta, c, 1)
            return
        }
        cblas_sgemm(
            CblasRowMajor,
            transposedA ? CblasTrans : CblasNoTrans,
            transposedB ? CblasTrans : CblasNoTrans,
            Int32(m),
            Int32(n),
            Int32(k),
            1,
            a,
            Int32(lda),
            b,
            Int32(ldb),
            beta,
            c,
            Int32(ldc)
        )
    }
}
