import Testing

@testable import ServiceKit

private struct Sample: ValidatedConfiguration, Equatable {
    struct Inner: Decodable, Equatable {
        let rate: Double

        enum CodingKeys: String, CodingKey { case rate }

        init(from decoder: any Decoder) throws {
            rate = try decoder.container(keyedBy: CodingKeys.self).number(.rate, default: 2.5)
        }
    }

    let name: String
    let count: Int
    let inner: Inner

    enum CodingKeys: String, CodingKey { case name, count, inner }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        name = try keys.decode(String.self, forKey: .name)
        count = try keys.value(.count, default: 7)
        inner = try keys.decode(Inner.self, forKey: .inner)
    }

    var complaint: String? { count < 0 ? "count must not be negative" : nil }
}

struct ConfigurationFileTests {
    private func decode(_ text: String) throws -> Sample {
        try ConfigurationFile.decode(Sample.self, text: text, path: "x.toml")
    }

    private func complaint(_ text: String) -> ConfigurationError? {
        do {
            _ = try decode(text)
            return nil
        } catch {
            return error as? ConfigurationError
        }
    }

    @Test(arguments: [
        "[", "[ # none", "[[", "[ ]", "[\u{2026}]", "  [\t= 1", "[[[", "[[[a]]]", "[\u{A0}\u{2003}=", "\u{2003}[=",
        "\u{FEFF}[", "a = 1\u{B}[", "a = 1\u{2028}[!",
    ])
    func aTableWithoutANameIsRefusedAndEndsNothing(header: String) {
        struct Nothing: ValidatedConfiguration {
            var complaint: String? { nil }
        }
        #expect(
            throws: ConfigurationError(path: "t", line: 2, reason: "a table's name must follow the bracket")
        ) { try ConfigurationFile.decode(Nothing.self, text: "# one\n\(header)\n", path: "t") }
    }

    @Test func defaultsFillWhatIsAbsent() throws {
        let sample = try decode("name = \"a\"\n[inner]\n")
        #expect(sample.count == 7)
        #expect(sample.inner.rate == 2.5)
    }

    @Test func numbersMayBeWhole() throws {
        #expect(try decode("name = \"a\"\n[inner]\nrate = 12\n").inner.rate == 12)
        #expect(try decode("name = \"a\"\n[inner]\nrate = 1.25\n").inner.rate == 1.25)
    }

    @Test func unknownKeyIsNamedWithItsLine() {
        let error = complaint("name = \"a\"\n# colour\n\n[inner]\nrate = 1\ncolour = 3\n")
        #expect(error?.line == 6)
        #expect(error?.reason.contains("colour") == true)
    }

    @Test func wrongTypeIsNamedWithItsLine() {
        let error = complaint("name = \"a\"\ncount = \"many\"\n[inner]\n")
        #expect(error?.line == 2)
        #expect(error?.reason.contains("count") == true)
    }

    @Test func wrongTypeOfANumberIsNamed() {
        #expect(complaint("name = \"a\"\n[inner]\nrate = \"fast\"\n")?.line == 3)
    }

    @Test func missingKeyIsNamed() {
        #expect(complaint("[inner]\n")?.reason.contains("\"name\" is missing") == true)
    }

    @Test func brokenSyntaxHasALine() {
        #expect(complaint("name = \"a\"\ncount = = 3\n")?.line == 2)
    }

    @Test func complaintsOfTheSettingsArePassedOn() {
        #expect(complaint("name = \"a\"\ncount = -1\n[inner]\n")?.reason == "count must not be negative")
    }

    @Test func fileThatIsNotThereIsNamed() {
        #expect(throws: ConfigurationError.self) {
            try ConfigurationFile.load(Sample.self, path: "/nowhere/x.toml")
        }
    }
}
