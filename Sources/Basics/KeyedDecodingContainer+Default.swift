extension KeyedDecodingContainer {
    /// The key's value, or `fallback` where the key is absent.
    package func value<Value: Decodable>(_ key: Key, default fallback: Value) throws -> Value {
        try decodeIfPresent(Value.self, forKey: key) ?? fallback
    }

    /// A number that may be written with or without a decimal point, or `fallback` where the key is absent.
    package func number(_ key: Key, default fallback: Double) throws -> Double {
        guard contains(key) else { return fallback }
        if let whole = try? decode(Int.self, forKey: key) { return Double(whole) }
        return try decode(Double.self, forKey: key)
    }
}
