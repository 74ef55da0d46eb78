import Foundation

/// An open file that bytes are added to.
package struct OutputFile: Sendable {
    private let descriptor: Int32
    private let path: String

    /// - Parameters:
    ///   - descriptor: open for writing; it stays the caller's.
    ///   - path: for messages.
    package init(descriptor: Int32, path: String) {
        (self.descriptor, self.path) = (descriptor, path)
    }

    /// Writes all of `bytes`.
    package func append(_ bytes: [UInt8]) throws(FileError) {
        try bytes.withUnsafeBytes { bytes in Result { () throws(FileError) in try append(bytes) } }.get()
    }

    /// Writes all of `bytes`.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = write(descriptor, rest.baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError(operation: "write", path: path, code: errno)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }
}
