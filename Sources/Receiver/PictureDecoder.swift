import Imaging
import Networks
import SemanticCoding

/// What the receiver asks of semantic coding. Calls take seconds: only on the maths thread.
///
/// The tests of the receiver put a quick decoder of their own here.
package protocol PictureDecoder: Sendable {
    /// Reals of the longest code that can be drawn.
    var mostReals: Int { get }

    /// Draws a square picture with an edge of `resolution` pixels from received reals, infinite in variance where
    /// erased.
    func decode(
        values: [Float],
        noiseVariance: [Float],
        resolution: Int
    ) throws -> (code: [Float], picture: Picture)
}

extension SemanticReceiver: PictureDecoder {}
