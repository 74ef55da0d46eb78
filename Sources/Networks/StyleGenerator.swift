import Tensor

/// A generator of pictures from a style code.
public protocol StyleGenerator: Sendable {
    /// Length of the code w.
    var latentDimension: Int { get }

    /// Height and width of the full picture.
    var resolution: Int { get }

    /// Pictures [N,r,r,3], about −1…1, from codes `w` [N,latentDimension]. `resolution` r is that of the generator or
    /// it halved as often as the generator allows (the 1024-pixel one down to an eighth, the student not at all): the
    /// full picture area-downsampled. `precision` is that of the products, here and on the way back.
    func synthesize(_ w: Variable, resolution: Int, precision: ProductPrecision) -> Variable
}

extension StyleGenerator {
    /// As `synthesize(_:resolution:precision:)` in single precision.
    public func synthesize(_ w: Variable, resolution: Int) -> Variable {
        synthesize(w, resolution: resolution, precision: .single)
    }
}

/// A generator that takes W+ codes too: a style for each of its layers.
public protocol RowGenerator: StyleGenerator {
    /// As `synthesize(_:resolution:precision:)` from one code for all rows or one for each.
    func synthesize(styles: Styles, resolution: Int, precision: ProductPrecision) -> Variable
}

/// A generator with its mapping network.
public protocol MappedGenerator: RowGenerator {
    /// w [N, d] from draws z [N, d] of a standard normal.
    func map(_ z: Variable) -> Variable
}

extension RowGenerator {
    /// The same w for all rows.
    public func synthesize(_ w: Variable, resolution: Int, precision: ProductPrecision) -> Variable {
        synthesize(styles: .same(w), resolution: resolution, precision: precision)
    }

    /// As `synthesize(_:resolution:precision:)` from W+ codes [N,23,512].
    public func synthesize(
        rows: Variable,
        resolution: Int,
        precision: ProductPrecision = .single
    ) -> Variable {
        synthesize(styles: .rows(rows), resolution: resolution, precision: precision)
    }
}

/// The styles of a generator's layers.
public enum Styles {
    /// One code w [N,512] for all of them.
    case same(Variable)
    /// W+ [N,rows,d], [N,23,512] of `MobileStyleGAN`: a row for each.
    case rows(Variable)

    /// The style [N,512] of one row.
    func row(_ index: Int) -> Variable {
        switch self {
        case .same(let w): return w
        case .rows(let rows):
            precondition(rows.shape.count == 3 && index < rows.shape[1], "W+ codes [N,rows,d], not \(rows.shape)")
            return rows.slice(axis: 1, range: index..<index + 1).reshaped([rows.shape[0], rows.shape[2]])
        }
    }
}
