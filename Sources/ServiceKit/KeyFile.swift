import Basics
import Foundation

/// Why a key file is not read.
package enum KeyFileError: Error, Equatable, CustomStringConvertible {
    case unreadable(String)
    case openToOthers(path: String)

    package var description: String {
        switch self {
        case .unreadable(let reason):
            "\(reason); make a key with `Scripts/make_key.sh KEYFILE`, or `editable-deepsc-make-key KEYFILE` with the "
                + "Debian packages, and give both ends the same one"
        case .openToOthers(let path): "the key file \(path) can be read by everybody: run `chmod 600 \(path)`"
        }
    }
}

/// The file with the pre-shared key that seals side information and reports.
package enum KeyFile {
    /// The file's bytes, unless everybody could have read them.
    ///
    /// - Parameter path: a path, or `credential:NAME` for one that systemd hands over.
    package static func read(_ path: String) throws(KeyFileError) -> [UInt8] {
        do {
            let path = try CredentialPath.resolve(path)
            let bytes = try AtomicFile.read(path, limit: 4096)
            var information = stat()
            guard stat(path, &information) == 0 else { throw FileError(operation: "read", path: path, code: errno) }
            guard information.st_mode & 0o007 == 0 else { throw KeyFileError.openToOthers(path: path) }
            return bytes
        } catch let error as KeyFileError {
            throw error
        } catch {
            throw .unreadable("\(error)")
        }
    }
}
