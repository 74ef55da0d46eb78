import Tensor

/// A generator of pictures from a style code.
public protocol StyleGenerator: Sendable {
    /// Length of the code w.
    var latentDimension: Int { get }

    /// Height and width of the full picture.
    var resolution: Int { get }

    /// Pictures [N,r,r,3], about −1…1, from codes `w` [N,latentDimension]. `resolution` r is that of the generator or
    /// it halved as often as the generator allows (the 1024-pixel one down to an eighth, the student not at all): the
    /// full picture area-downsampled.
    func synthesize(_ w: Variable, resolution: Int) -> Variable
}

/// A generator that takes W+ codes too: a style for each of its layers.
public protocol RowGenerator: StyleGenerator {
    /// As `synthesize(_:resolution:)` from W+ codes [N,23,512].
    func synthesize(rows: Variable, resolution: Int) -> Variable
}
