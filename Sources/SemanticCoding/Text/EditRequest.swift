/// What one sentence asks for: one attribute, and either a step from where the face is now or a degree to reach.
///
/// As JSON it is `{"attribute": "smiling", "kind": "change", "direction": -1, "degree": 2}`, or with `"kind": "target"`
/// and `"direction": null`. A change without a stated degree is a change by 1; a `null` degree is read as that.
package struct EditRequest: Codable, Sendable, Equatable {
    /// The five attributes, each with six degrees 0…5.
    package enum Attribute: String, Codable, Sendable, CaseIterable {
        case bangs, eyeglasses, beard, smiling, age
    }

    /// Whether an attribute's degree is to rise or to fall.
    package enum Direction: Int, Codable, Sendable {
        case up = 1
        case down = -1
    }

    /// How the new degree follows from the old one.
    package enum Kind: Sendable, Equatable {
        /// A step of 1…5 degrees up or down.
        case change(direction: Direction, degree: Int)
        /// A degree of 0…5, whatever the degree is now.
        case target(degree: Int)
    }

    package let attribute: Attribute
    package let kind: Kind

    /// A change by 1…5 degrees, or a target of 0…5: the caller's duty.
    package init(attribute: Attribute, kind: Kind) {
        precondition(Self.allows(kind), "a request cannot be \(kind)")
        (self.attribute, self.kind) = (attribute, kind)
    }

    /// The degree the edited face should have: ĉ = clamp(c + d·Δ, 0, 5) (eq. 10), or the target itself.
    ///
    /// - Parameter current: the degree c that the predictor sees now, 0…5.
    package func expectedDegree(current: Int) -> Int {
        switch kind {
        case .change(let direction, let degree): min(5, max(0, current + direction.rawValue * degree))
        case .target(let degree): degree
        }
    }

    private static func allows(_ kind: Kind) -> Bool {
        switch kind {
        case .change(_, let degree): (1...5).contains(degree)
        case .target(let degree): (0...5).contains(degree)
        }
    }

    private enum Key: String, CodingKey {
        case attribute, kind, direction, degree
    }

    private enum KindName: String, Codable {
        case change, target
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        attribute = try fields.decode(Attribute.self, forKey: .attribute)
        switch try fields.decode(KindName.self, forKey: .kind) {
        case .change:
            kind = .change(
                direction: try fields.decode(Direction.self, forKey: .direction),
                degree: try fields.decodeIfPresent(Int.self, forKey: .degree) ?? 1
            )
        case .target:
            kind = .target(degree: try fields.decode(Int.self, forKey: .degree))
        }
        guard Self.allows(kind) else {
            throw DecodingError.dataCorruptedError(
                forKey: .degree,
                in: fields,
                debugDescription: "a change is by 1 to 5 degrees, a target is 0 to 5"
            )
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(attribute, forKey: .attribute)
        switch kind {
        case .change(let direction, let degree):
            try fields.encode(KindName.change, forKey: .kind)
            try fields.encode(direction, forKey: .direction)
            try fields.encode(degree, forKey: .degree)
        case .target(let degree):
            try fields.encode(KindName.target, forKey: .kind)
            try fields.encodeNil(forKey: .direction)
            try fields.encode(degree, forKey: .degree)
        }
    }
}

extension EditRequest: CustomStringConvertible {
    /// For people: "smiling −2", "bangs to 3".
    package var description: String {
        switch kind {
        case .change(let direction, let degree): "\(attribute.rawValue) \(direction == .up ? "+" : "−")\(degree)"
        case .target(let degree): "\(attribute.rawValue) to \(degree)"
        }
    }
}
