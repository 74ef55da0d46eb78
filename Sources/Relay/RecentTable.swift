/// A dictionary that keeps what was touched lately: at least `room` entries, at most twice as many.
///
/// Forgetting costs nothing per entry, so that a flood of keys that nobody uses again is cheap.
struct RecentTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let room: Int
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]

    /// - Parameter room: above zero.
    init(room: Int) {
        self.room = room
    }

    subscript(key: Key, default fresh: @autoclosure () -> Value) -> Value {
        get { young[key] ?? old[key] ?? fresh() }
        set {
            if young[key] == nil, young.count >= room { (old, young) = (young, [:]) }
            young[key] = newValue
        }
    }

    /// Changes a value where it is, without a copy.
    mutating func update<Result>(
        _ key: Key,
        default fresh: @autoclosure () -> Value,
        _ change: (inout Value) -> Result
    ) -> Result {
        if let place = young.index(forKey: key) { return change(&young.values[place]) }
        let value = old.removeValue(forKey: key) ?? fresh()
        if young.count >= room { (old, young) = (young, [:]) }
        return change(&young[key, default: value])
    }
}
