import Foundation

/// Why a codec process did not do what it was asked.
package struct CodecProcessError: Error, CustomStringConvertible, Equatable {
    /// A word for programs: `codec_absent`, `codec_slow`, `codec_died`, `codec_answer`, or the process's own.
    package let code: String
    /// For people: the cause and the next step.
    package let description: String
    /// Whether the same may work later.
    package let isTemporary: Bool

    /// Nobody takes the connection.
    ///
    /// - Parameter number: of errno.
    static func absent(_ socket: String, _ number: Int32) -> Self {
        Self(
            code: "codec_absent",
            description: "no codec process answers at \(socket) (\(String(cString: strerror(number)))): start it, or "
                + "mend socket in [external]",
            isTemporary: true
        )
    }

    /// The time of the call is over.
    static func slow(_ seconds: Double) -> Self {
        let text = seconds.formatted(.number.precision(.fractionLength(0...1)).locale(Locale(identifier: "en_GB")))
        return Self(
            code: "codec_slow",
            description: "the codec process did not answer within \(text) s: see what it does, or raise "
                + "timeout_seconds in [external]",
            isTemporary: true
        )
    }

    /// The connection ended before the answer did.
    static let died = Self(
        code: "codec_died",
        description: "the codec process closed the connection before its answer was whole: see what it printed last",
        isTemporary: true
    )

    /// It does not keep to the protocol: it would not the next time either.
    ///
    /// - Parameter what: it sent, as an object of "sent".
    static func wrongAnswer(_ what: String) -> Self {
        Self(
            code: "codec_answer",
            description: "the codec process sent \(what): see docs/bring-your-own-codec.md for what it must send",
            isTemporary: false
        )
    }

    /// It says so itself. Its words are cut to what is fit to be shown.
    static func refused(_ sentence: String, code: String?, isTemporary: Bool) -> Self {
        let visible = sentence.unicodeScalars.filter { !$0.properties.isDefaultIgnorableCodePoint }
        let shown = visible.prefix(longestSentence)
            .map { $0.properties.generalCategory == .control ? " " : String($0) }
            .joined()
        let isWord = code.map { (1...32).contains($0.utf8.count) && $0.utf8.allSatisfy(isWordByte) } ?? false
        return Self(
            code: isWord ? code ?? "" : "codec_refused",
            description: "the codec process refuses it: \(shown.isEmpty ? "it does not say why" : shown)",
            isTemporary: isTemporary
        )
    }

    private static let longestSentence = 300

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
    }
}
