import Basics
import Foundation
import TOMLKit

/// What is wrong with a configuration file, and where.
package struct ConfigurationError: Error, CustomStringConvertible, Equatable {
    package let path: String
    /// Counted from 1, where it is known.
    package let line: Int?
    package let reason: String

    package init(path: String, line: Int? = nil, reason: String) {
        self.path = path
        self.line = line
        self.reason = reason
    }

    package var description: String { "\(path)\(line.map { ":\($0)" } ?? ""): \(reason)" }
}

/// Says what is wrong with decoded settings, which a type cannot.
package protocol ValidatedConfiguration: Decodable {
    /// The first complaint, naming the key, or nil.
    var complaint: String? { get }
}

/// TOML configuration: every key is known or refused by name and line.
package enum ConfigurationFile {
    /// Reads and checks a file.
    package static func load<Configuration: ValidatedConfiguration>(
        _ type: Configuration.Type = Configuration.self,
        path: String
    ) throws(ConfigurationError) -> Configuration {
        let bytes: [UInt8]
        do {
            bytes = try AtomicFile.read(path, limit: 1 << 20)
        } catch {
            throw ConfigurationError(path: path, reason: "\(error)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(path: path, reason: "the file is not UTF-8 text")
        }
        return try decode(type, text: text, path: path)
    }

    /// Decodes and checks a text; `path` is for messages only.
    package static func decode<Configuration: ValidatedConfiguration>(
        _ type: Configuration.Type = Configuration.self,
        text: String,
        path: String
    ) throws(ConfigurationError) -> Configuration {
        if let line = namelessTable(in: text) {
            throw ConfigurationError(path: path, line: line, reason: "a table's name must follow the bracket")
        }
        let configuration: Configuration
        do {
            configuration = try TOMLDecoder(strictDecoding: true).decode(type, from: text)
        } catch let error as TOMLParseError {
            throw ConfigurationError(path: path, line: Int(error.source.begin.line), reason: error.description)
        } catch let error as UnexpectedKeysError {
            let key = error.keys.keys.min { (line(of: $0, in: text) ?? 0) < (line(of: $1, in: text) ?? 0) } ?? ""
            throw ConfigurationError(path: path, line: line(of: key, in: text), reason: "unknown key \"\(key)\"")
        } catch let error as DecodingError {
            throw complaint(about: error, text: text, path: path)
        } catch {
            throw ConfigurationError(path: path, reason: "\(error)")
        }
        if let complaint = configuration.complaint { throw ConfigurationError(path: path, reason: complaint) }
        return configuration
    }

    /// The first line, counted from 1, that begins with a bracket and has no key behind it.
    ///
    /// TOMLKit's parser does not refuse such a line: it ends the process, also a daemon that only reads its configuration
    /// again.
    private static func namelessTable(in text: String) -> Int? {
        // As the parser has it: more breaks and blanks than TOML's.
        let isBreak: (Unicode.Scalar) -> Bool = { "\n\r\u{B}\u{C}\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0) }
        let isBlank: (Unicode.Scalar) -> Bool = { $0.properties.isWhitespace || $0 == "\u{FEFF}" || $0 == "\u{180E}" }
        let isKeyBegin: (Unicode.Scalar) -> Bool = {
            $0.isASCII && (Character($0).isLetter || Character($0).isNumber || "_-\"'".unicodeScalars.contains($0))
        }
        let nameless = text.unicodeScalars.split(whereSeparator: isBreak).first { line in
            var rest = line.drop(while: isBlank)
            guard rest.first == "[" else { return false }
            rest = rest.dropFirst().drop(while: isBlank)
            // A third bracket is no name.
            if rest.first == "[" { rest = rest.dropFirst().drop(while: isBlank) }
            return rest.first.map(isKeyBegin) != true
        }
        return nameless.map { line in 1 + text.unicodeScalars[..<line.startIndex].count { $0 == "\n" } }
    }

    private static func complaint(about error: DecodingError, text: String, path: String) -> ConfigurationError {
        var keys: [String]
        var reason = "has the wrong type"
        switch error {
        case .keyNotFound(let key, let context):
            keys = context.codingPath.map(\.stringValue)
            if keys.last != key.stringValue { keys.append(key.stringValue) }
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            keys = context.codingPath.map(\.stringValue)
        case .dataCorrupted(let context):
            keys = context.codingPath.map(\.stringValue)
            reason = "is wrong: \(context.debugDescription)"
        @unknown default:
            return ConfigurationError(path: path, reason: "\(error)")
        }
        let name = keys.joined(separator: ".")
        // TOMLKit reports a value of the wrong type as a missing key.
        guard let line = line(of: keys.last ?? "", in: text) else {
            return ConfigurationError(path: path, reason: "the key \"\(name)\" is missing")
        }
        return ConfigurationError(path: path, line: line, reason: "the value of \"\(name)\" \(reason)")
    }

    /// The line, counted from 1, on which a key or a table of that name is written.
    private static func line(of key: String, in text: String) -> Int? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.firstIndex { line in
            let code = line.prefix { $0 != "#" }
            let name = (code.hasPrefix("[") ? code.prefix { $0 != "]" }.dropFirst() : code.prefix { $0 != "=" })
                .trimmingCharacters(in: CharacterSet(charactersIn: " \t\r\"'["))
            return name == key || name.hasSuffix(".\(key)")
        }.map { $0 + 1 }
    }
}
