import Basics

/// A setting that is a number: its name in TOML and JSON, its place, and what it may be.
package struct NumberSetting<Root>: Sendable {
    package let name: String
    package let path: WritableKeyPath<Root, Double> & Sendable
    package let range: ClosedRange<Double>
    /// Whether it counts something.
    package var isWhole = false
}

/// Settings of which most are plain numbers, under the names that the TOML file and the control API give them.
package protocol NumberedSettings: Codable, Sendable, Equatable {
    /// The one table of names and ranges.
    static var settings: [NumberSetting<Self>] { get }
    /// Nothing is set.
    init()
}

extension NumberedSettings {
    /// The first number out of its range, in words, or nil.
    var numberComplaint: String? {
        for setting in Self.settings {
            let (value, range) = (self[keyPath: setting.path], setting.range)
            if !range.contains(value) || setting.isWhole && value != value.rounded() {
                return "\(setting.name) must be \(setting.isWhole ? "a whole number, " : "")"
                    + "\(Self.text(range.lowerBound)) to \(Self.text(range.upperBound)), not \(Self.text(value))"
            }
        }
        return nil
    }

    /// The numbers that are not as without any setting, as `loss 0.1`.
    var changedNumbers: [String] {
        let none = Self()
        return Self.settings.filter { self[keyPath: $0.path] != none[keyPath: $0.path] }
            .map { "\($0.name) \(Self.text(self[keyPath: $0.path]))" }
    }

    /// A number as people write it: without a decimal point where it is whole.
    private static func text(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? "\(value)"
    }

    /// Numbers that are absent stay as they are.
    mutating func decodeNumbers(from keys: KeyedDecodingContainer<SettingName>) throws {
        for setting in Self.settings {
            self[keyPath: setting.path] = try keys.number(
                SettingName(stringValue: setting.name),
                default: self[keyPath: setting.path]
            )
        }
    }

    func encodeNumbers(to keys: inout KeyedEncodingContainer<SettingName>) throws {
        for setting in Self.settings {
            try keys.encode(self[keyPath: setting.path], forKey: SettingName(stringValue: setting.name))
        }
    }
}

/// The name of a setting as a key.
struct SettingName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) { nil }
}
