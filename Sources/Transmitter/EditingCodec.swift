import Imaging
import Networks
import SemanticCoding

/// What the transmitter asks of semantic coding. Calls take up to minutes: only on a `WorkThread`.
///
/// The tests of the queue put a quick codec of their own here.
package protocol EditingCodec: Sendable {
    /// What its codes are.
    var kind: LatentKind { get }
    /// How many numbers a code has unless more or fewer are asked for.
    var dimension: Int { get }
    /// How many numbers a code has at most.
    var maximumDimension: Int { get }
    func understand(_ sentence: String) throws(RequestRefusal) -> EditRequest
    func check(_ request: EditRequest) throws(EditError)
    func align(
        photo: [UInt8],
        face: Int?,
        alreadyAligned: Bool,
        checkpoint: () throws -> Void
    ) throws(AlignmentError) -> AlignedFace
    func invert(
        _ aligned: Picture,
        symbols: Int?,
        progress: (StageProgress) throws -> Void
    ) throws -> Inversion
    func edit(
        _ code: [Float],
        _ request: EditRequest,
        symbols: Int?,
        progress: (StageProgress) throws -> Void
    ) throws -> EditedCode
    func channelEncode(_ edited: EditedCode, symbols: Int?) -> [Float]
    func picture(of code: [Float], resolution: Int) -> Picture
}

extension SemanticTransmitter: EditingCodec {}
