import CKernels

/// What the kernels take: time, floating-point operations, and bytes that must be moved at least.
///
/// One clock for the whole process: it is for programs that measure, not for daemons.
public enum KernelClock {
    /// Kinds of kernels.
    public enum Kind: String, Sendable, CaseIterable, Codable {
        /// Matrix products in single precision (OpenBLAS), those of Winograd's convolutions among them.
        case product
        /// Matrix products with factors in bfloat16.
        case bfloat16Product
        /// To Winograd's tiles and back.
        case winograd
        case depthwise
        /// Bias, noise, LeakyReLU, sums, and their way back.
        case pointwise
        case haar
        case pooling
        /// LPIPS' distances of features.
        case distance

        fileprivate var number: Int32 {
            let kind =
                switch self {
                case .product: CK_PRODUCT
                case .bfloat16Product: CK_PRODUCT_BFLOAT16
                case .winograd: CK_WINOGRAD
                case .depthwise: CK_DEPTHWISE
                case .pointwise: CK_POINTWISE
                case .haar: CK_HAAR
                case .pooling: CK_POOLING
                case .distance: CK_DISTANCE
                }
            return Int32(kind.rawValue)
        }
    }

    /// What one kind has taken of all threads together.
    public struct Reading: Sendable, Codable, Equatable {
        /// Seconds.
        public var seconds = 0.0
        /// How often.
        public var calls = 0
        /// Floating-point operations, and bytes read and written.
        public var operations = 0.0, bytes = 0.0

        /// Nothing.
        public init() {}

        /// Adds what another one has taken.
        public static func += (sum: inout Reading, other: Reading) {
            sum.seconds += other.seconds
            sum.calls += other.calls
            sum.operations += other.operations
            sum.bytes += other.bytes
        }
    }

    /// Runs the body and tells what the kernels took meanwhile, on all threads; kinds that did nothing are missing.
    public static func measure<Result>(_ body: () throws -> Result) rethrows -> (Result, [Kind: Reading]) {
        ck_clock_run(1)
        defer { ck_clock_run(0) }
        let result = try body()
        var readings: [Kind: Reading] = [:]
        for kind in Kind.allCases {
            let found = ck_clock_read(kind.number)
            guard found.calls > 0 else { continue }
            var reading = Reading()
            (reading.seconds, reading.calls) = (Double(found.nanoseconds) * 1e-9, Int(found.calls))
            (reading.operations, reading.bytes) = (Double(found.operations), Double(found.bytes))
            readings[kind] = reading
        }
        return (result, readings)
    }
}

/// What this machine can do at best, as measured: by all threads of the worker pool together.
public struct MachinePeaks: Sendable, Codable {
    /// Of the worker pool.
    public let threads: Int
    /// Floating-point operations a second of large matrix products; nil where the processor has none in bfloat16.
    public let single: Double, bfloat16: Double?
    /// Bytes a second, read and written, of copies that fit no cache.
    public let copy: Double
    /// Bits of the vectors that kernels use.
    public let vectorBits: Int

    /// Measures for about a second.
    public init() {
        threads = WorkerPool.shared.threads
        vectorBits = Int(ck_vector_bits())
        let (edge, pieces) = (768, WorkerPool.shared.threads)
        let operations = 2 * Double(edge * edge * edge) * Double(pieces)
        let matrix = Tensor([Float](repeating: 0.5, count: edge * edge), shape: [edge, edge])
        let results = (0..<pieces).map { _ in Tensor(zeros: [edge, edge]) }
        single =
            operations
            / Self.best {
                WorkerPool.shared.run(pieces) { piece in
                    MatrixProduct.block(
                        matrix.pointer,
                        false,
                        edge,
                        matrix.pointer,
                        false,
                        edge,
                        results[piece].pointer,
                        edge,
                        edge,
                        edge,
                        edge,
                        0
                    )
                }
            }
        if BFloat16Matrix.areSupported {
            let packed = BFloat16Matrix(matrix.pointer, rows: edge, columns: edge, strides: (edge, 1))
            bfloat16 =
                operations
                / Self.best {
                    WorkerPool.shared.run(pieces) {
                        packed.multiply(matrix.pointer, count: edge, into: results[$0].pointer)
                    }
                }
        } else {
            bfloat16 = nil
        }
        let count = 16 << 20
        let (from, to) = (
            (0..<pieces).map { _ in Tensor(zeros: [count]) }, (0..<pieces).map { _ in Tensor(zeros: [count]) }
        )
        copy =
            Double(8 * count * pieces)
            / Self.best {
                WorkerPool.shared.run(pieces) { to[$0].pointer.update(from: from[$0].pointer, count: count) }
            }
    }

    /// The shortest of several runs, in seconds.
    private static func best(_ body: () -> Void) -> Double {
        (0..<6).map { _ in
            let time = ContinuousClock().measure(body).components
            return Double(time.seconds) + Double(time.attoseconds) * 1e-18
        }.min() ?? .infinity
    }
}
