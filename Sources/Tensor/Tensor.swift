import Glibc

/// A dense float32 array, row-major and contiguous. Pictures are NHWC.
///
/// A value is its shape and a reference to a buffer: copies share the buffer, so treat it as immutable once it
/// has been shared, and write only to a tensor just made.
public struct Tensor: @unchecked Sendable {
    /// Sizes, outermost first; a scalar has none.
    public let shape: [Int]
    /// The number of elements: the product of `shape`.
    public let count: Int
    var storage: Storage

    /// A tensor whose contents are not yet defined: every element must be written before it is read.
    init(uninitialized shape: [Int]) {
        self.shape = shape
        count = shape.reduce(1, *)
        storage = Storage(count: count)
    }

    init(storage: Storage, shape: [Int]) {
        self.shape = shape
        count = shape.reduce(1, *)
        self.storage = storage
    }

    /// Elements that lie in memory of `owner`, such as a mapped file; the tensor keeps it alive.
    ///
    /// - Parameter start: aligned for `Float`, with room for as many as `shape` multiplies to. Who writes to the tensor writes there.
    package init(borrowing start: UnsafeMutableRawPointer, shape: [Int], of owner: AnyObject) {
        let count = shape.reduce(1, *)
        self.init(
            storage: Storage(borrowing: start.bindMemory(to: Float.self, capacity: count), of: owner),
            shape: shape
        )
    }

    /// Copies `values`, of which there must be as many as `shape` multiplies to.
    public init(_ values: [Float], shape: [Int]) {
        self.init(uninitialized: shape)
        precondition(values.count == count, "\(values.count) values do not fill the shape \(shape)")
        withUnsafeMutableBufferPointer { _ = $0.update(from: values) }
    }

    /// Zeros.
    public init(zeros shape: [Int]) {
        self.init(repeating: 0, shape: shape)
    }

    /// One value everywhere.
    public init(repeating value: Float, shape: [Int]) {
        self.init(uninitialized: shape)
        pointer.update(repeating: value, count: count)
    }

    /// A square matrix, zero but for its diagonal.
    public init(diagonal values: [Float]) {
        self.init(zeros: [values.count, values.count])
        for (index, value) in values.enumerated() { pointer[index * (values.count + 1)] = value }
    }

    /// Independent draws from N(0, `deviation`²).
    public init(normal shape: [Int], deviation: Float = 1, generator: inout SeededGenerator) {
        self.init(uninitialized: shape)
        for index in 0..<count { pointer[index] = generator.normal() * deviation }
    }

    /// A copy of the elements.
    public var values: [Float] { withUnsafeBufferPointer { Array($0) } }

    /// The largest number of bytes tensors have held from the system at once, since the process started.
    public static var peakBytes: Int { Arena.peakBytes }

    var pointer: UnsafeMutablePointer<Float> { storage.pointer }

    /// Reads the elements in place.
    public func withUnsafeBufferPointer<R>(_ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
        defer { withExtendedLifetime(storage) {} }
        return try body(UnsafeBufferPointer(start: pointer, count: count))
    }

    /// Writes the elements in place; every tensor that shares the buffer sees the change.
    public func withUnsafeMutableBufferPointer<R>(
        _ body: (UnsafeMutableBufferPointer<Float>) throws -> R
    ) rethrows -> R {
        defer { withExtendedLifetime(storage) {} }
        return try body(UnsafeMutableBufferPointer(start: pointer, count: count))
    }

    /// The same elements under another shape of the same count; shares the buffer.
    public func reshaped(_ shape: [Int]) -> Tensor {
        let result = Tensor(storage: storage, shape: shape)
        precondition(result.count == count, "cannot reshape \(self.shape) to \(shape)")
        return result
    }

    /// A matrix with its columns as rows.
    public var transposed: Tensor {
        precondition(shape.count == 2, "a matrix, not \(shape)")
        let (rows, columns) = (shape[0], shape[1])
        let result = Tensor(uninitialized: [columns, rows])
        for row in 0..<rows {
            for column in 0..<columns { result.pointer[column * rows + row] = pointer[row * columns + column] }
        }
        return result
    }

    /// A copy in a buffer of its own.
    public func copied() -> Tensor {
        let result = Tensor(uninitialized: shape)
        result.pointer.update(from: pointer, count: count)
        return result
    }

    func dimension(_ fromLast: Int) -> Int { shape[shape.count - 1 - fromLast] }
}
