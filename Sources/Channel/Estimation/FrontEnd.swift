import Glibc

/// What a receiver's mixer does wrong: `y = u + b·u* + d` in place of u.
struct FrontEnd: Sendable, Equatable {
    /// d, a constant.
    var offset: DoubleSymbol
    /// b, what the image is to the signal.
    var image: DoubleSymbol

    /// Numbers that are found from the pilots.
    static let parameters = 2

    /// The pilots must be likelier with it by so many nats; noise alone does that once in a hundred thousand.
    private static let preference = 14.0

    /// The mixer's faults, if the pilots show any: least squares of what the channel does not explain over a constant and the
    /// conjugate of what it does.
    ///
    /// - Parameter gains: of all pilots.
    static func find(_ frame: ReceivedFrame, gains: [DoubleSymbol], pattern: PilotPattern) -> FrontEnd? {
        let used = frame.pilotErased.indices.filter { !frame.pilotErased[$0] }
        guard used.count >= ChannelTracker.minimumPilots else { return nil }
        let known = used.map { gains[$0] * DoubleSymbol(pattern.pilots[$0]) }
        let received = used.map { DoubleSymbol(frame.pilots[$0]) }
        let one = [DoubleSymbol](repeating: DoubleSymbol(i: 1, q: 0), count: used.count)
        guard let without = fit(received, [known]),
            let with = fit(received, [known, one, known.map(\.conjugate)]), with.energy > 0,
            Double(used.count) * log(without.energy / with.energy) > preference
        else { return nil }
        // y = a·u + d + c·u*: the image is c/a* of what was a·u.
        let (a, c) = (with.weights[0].conjugate, with.weights[2])
        guard a.power > 0 else { return nil }
        let image = 1 / a.power * (c * a.conjugate)
        guard image.power < 0.5 else { return nil }
        return FrontEnd(offset: with.weights[1], image: image)
    }

    /// A symbol without the faults.
    func correct(_ symbol: ComplexSymbol) -> ComplexSymbol {
        let y = DoubleSymbol(symbol) - offset
        let u = 1 / (1 - image.power) * (y - image * y.conjugate)
        return ComplexSymbol(i: Float(u.i), q: Float(u.q))
    }

    /// The weights of columns that leave the least energy, and that energy.
    private static func fit(
        _ values: [DoubleSymbol],
        _ columns: [[DoubleSymbol]]
    ) -> (weights: [DoubleSymbol], energy: Double)? {
        func inner(_ a: [DoubleSymbol], _ b: [DoubleSymbol]) -> DoubleSymbol {
            zip(a, b).reduce(DoubleSymbol.zero) { $0 + $1.0.conjugate * $1.1 }
        }
        // Gauss and Jordan over the normal equations, the right side as a last column.
        let size = columns.count
        var rows = columns.map { row in columns.map { inner(row, $0) } + [inner(row, values)] }
        for pivot in 0..<size {
            let power = rows[pivot][pivot].power
            guard power > 1e-18 else { return nil }
            let inverse = 1 / power * rows[pivot][pivot].conjugate
            rows[pivot] = rows[pivot].map { inverse * $0 }
            for row in 0..<size where row != pivot {
                let factor = rows[row][pivot]
                rows[row] = zip(rows[row], rows[pivot]).map { $0 - factor * $1 }
            }
        }
        let weights = rows.map { $0[size] }
        let energy = values.indices.reduce(0.0) { sum, index in
            let model = (0..<size).reduce(DoubleSymbol.zero) { $0 + weights[$1] * columns[$1][index] }
            return sum + (values[index] - model).power
        }
        return (weights, energy)
    }
}
