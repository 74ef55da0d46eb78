import Imaging
import Networks
import SemanticCoding

/// What the transmitter asks of semantic coding. Calls take up to minutes: only on the maths thread.
///
/// The tests of the queue put a quick codec of their own here.
public protocol EditingCodec: Sendable {
    /// What its codes are.
    var kind: LatentKind { get }
    func understand(_ sentence: String) throws(RequestRefusal) -> EditRequest
    func align(photo: [UInt8], face: Int?, alreadyAligned: Bool) throws(AlignmentError) -> Picture
    func invert(_ aligned: Picture, progress: (StageProgress) throws -> Void) throws -> Inversion
    func edit(
        _ inversion: Inversion,
        _ request: EditRequest,
        progress: (StageProgress) throws -> Void
    ) throws -> EditedCode
    func channelEncode(_ edited: EditedCode) -> [Float]
    func picture(of code: [Float], resolution: Int) -> Picture
}

extension SemanticTransmitter: EditingCodec {}
