import Foundation

/// A file operation the system refused.
package struct FileError: Error, CustomStringConvertible {
    /// What was tried, such as "write".
    package let operation: String
    package let path: String
    /// The system's errno.
    package let code: Int32

    package init(operation: String, path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    /// Of a FIFO, a device or a socket where a file should be.
    package static let notRegular: Int32 = -1

    package var description: String {
        let reason = code == Self.notRegular ? "it is no regular file" : String(cString: strerror(code))
        return "cannot \(operation) \(path): \(reason)"
    }
}
