import Foundation

/// A file operation the system refused.
public struct FileError: Error, CustomStringConvertible {
    /// What was tried, such as "write".
    public let operation: String
    public let path: String
    /// The system's errno.
    public let code: Int32

    public init(operation: String, path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    /// Of a FIFO, a device or a socket where a file should be.
    public static let notRegular: Int32 = -1

    public var description: String {
        let reason = code == Self.notRegular ? "it is no regular file" : String(cString: strerror(code))
        return "cannot \(operation) \(path): \(reason)"
    }
}
