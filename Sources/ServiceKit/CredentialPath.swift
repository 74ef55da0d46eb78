import Foundation

/// Why a path of the form `credential:NAME` leads nowhere.
package enum CredentialError: Error, Equatable, CustomStringConvertible {
    case noDirectory(name: String)
    case badName(String)

    package var description: String {
        switch self {
        case .noDirectory(let name):
            "credential:\(name) is only there under systemd: the unit needs LoadCredential=\(name):FILE"
        case .badName(let name):
            "\"\(name)\" is no credential's name: use letters, digits, - and _"
        }
    }
}

/// Secrets that systemd hands to a unit (`LoadCredential=NAME:FILE`), named `credential:NAME` where a path is wanted.
package enum CredentialPath {
    /// The path of a file: of the credential, or `path` as it is.
    package static func resolve(
        _ path: String,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(CredentialError) -> String {
        guard path.hasPrefix("credential:") else { return path }
        let name = String(path.dropFirst("credential:".count))
        guard (1...128).contains(name.utf8.count),
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
        else { throw .badName(name) }
        guard let directory = environment["CREDENTIALS_DIRECTORY"], directory.hasPrefix("/") else {
            throw .noDirectory(name: name)
        }
        return "\(directory)/\(name)"
    }
}
