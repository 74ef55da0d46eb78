import Foundation
import Imaging
import Synchronization

/// A codec process as the daemons see it: what it is asked, and what of its answers is believed.
///
/// Each call is a conversation of its own, which begins with the question who it is. So a process that died is met again
/// as soon as it listens again, and an answer is always that of the codec that was asked.
package final class CodecProcess: Sendable {
    private let settings: ExternalSettings
    /// What went wrong with the last call that was worth trying again, and when.
    private let lastTrouble = Mutex<(text: String, at: ContinuousClock.Instant)?>(nil)
    /// Who it was when it last said so.
    private let known = Mutex<CodecIdentity?>(nil)

    /// Longest that the question takes whether it is there, in seconds.
    private static let longestHello = 5.0
    /// Trouble of a call that was not repeated is forgotten after this.
    private static let memory = Duration.seconds(60)
    /// Largest edge of a picture in either direction.
    private static let largestEdge = 1024
    /// Bytes of a picture that it may send: more than a PNG file of that size ever has.
    private static let mostPictureBytes = 16 << 20
    /// Bounds of the root mean square of reals: outside, nothing can be sent.
    private static let power: ClosedRange<Double> = 1e-6...1e6

    package init(_ settings: ExternalSettings) {
        self.settings = settings
    }

    /// Who it was when it last said so; nil before that.
    var identity: CodecIdentity? { known.withLock { $0 } }

    /// Reals of a picture.
    ///
    /// - Parameters:
    ///   - square: the face, as large as the picture that is to arrive.
    ///   - instruction: what is to be changed, in English.
    ///   - dimension: how many reals; as the process likes when nil.
    ///   - snr: Es/N0 in dB of the channel; nil where it is not known.
    ///   - checkpoint: called ten times a second; what it throws ends the call.
    /// - Returns: finite reals, an even number, and who made them.
    /// - Throws: `CodecProcessError`, `PictureError`, and what the checkpoint throws.
    func encode(
        _ square: Picture,
        instruction: String,
        dimension: Int?,
        snr: Int?,
        checkpoint: () throws -> Void
    ) throws -> (reals: [Float], by: CodecIdentity) {
        try told {
            let (connection, identity) = try meet(within: settings.timeoutSeconds, checkpoint)
            let most = identity.maximumDimension
            if let dimension, dimension > most {
                throw CodecProcessError(
                    code: "bad_symbols",
                    description: "symbols must be an even number, 2 to \(most): the codec process makes no more",
                    isTemporary: false
                )
            }
            let payload = identity.form == .rgb ? square.pixels : try PictureFile.encodePNG(square)
            let (answer, bytes) = try connection.ask(
                .encode(
                    instruction: instruction,
                    dimension: dimension,
                    snr: snr,
                    resolution: square.width,
                    bytes: payload.count
                ),
                payload: payload,
                mostBytes: 4 * most,
                checkpoint: checkpoint
            )
            return (try Self.reals(answer, bytes, dimension: dimension, most: most), identity)
        }
    }

    /// A picture of received reals.
    ///
    /// - Parameters:
    ///   - values: finite; 0 where erased.
    ///   - noiseVariance: of each value; infinite where erased.
    ///   - snr: Es/N0 in dB that they were made for; nil where none was known.
    ///   - resolution: edge of the picture in pixels.
    ///   - isWanted: whether it is the codec that made them, by its name.
    ///   - checkpoint: called ten times a second; what it throws ends the call.
    /// - Throws: `CodecProcessError`, and what the checkpoint throws.
    func decode(
        _ values: [Float],
        _ noiseVariance: [Float],
        snr: Int?,
        resolution: Int,
        isWanted: (_ name: String) -> Bool,
        checkpoint: () throws -> Void
    ) throws -> Picture {
        try told {
            let (connection, identity) = try meet(within: settings.timeoutSeconds, checkpoint)
            guard isWanted(identity.name) else {
                throw CodecProcessError(
                    code: "codec_other",
                    description: "the receiver's codec process is \"\(identity.name)\", and another made the code: run "
                        + "the same on both hosts",
                    isTemporary: false
                )
            }
            guard values.count <= identity.maximumDimension else {
                throw CodecProcessError(
                    code: "bad_symbols",
                    description: "\(values.count) reals are more than the codec process takes: "
                        + "\(identity.maximumDimension)",
                    isTemporary: false
                )
            }
            let payload = Self.bytes(of: values) + Self.bytes(of: noiseVariance)
            let (_, bytes) = try connection.ask(
                .decode(reals: values.count, snr: snr, resolution: resolution, bytes: payload.count),
                payload: payload,
                mostBytes: Self.mostPictureBytes,
                checkpoint: checkpoint
            )
            let picture = try Self.picture(bytes, identity.form, checkpoint)
            return picture.width == resolution ? picture : picture.resizedArea(width: resolution, height: resolution)
        }
    }

    /// What keeps it from working; nil when it answers and did not fail lately.
    ///
    /// - Parameter checkpoint: called ten times a second; what it throws ends the question.
    /// - Throws: what the checkpoint throws.
    func trouble(checkpoint: () throws -> Void) throws -> String? {
        do {
            _ = try meet(within: min(settings.timeoutSeconds, Self.longestHello), checkpoint)
        } catch let error as CodecProcessError {
            return error.description
        }
        return lastTrouble.withLock { last in
            if let at = last?.at, .now - at > Self.memory { last = nil }
            return last?.text
        }
    }

    /// Connects and asks who is there.
    private func meet(
        within seconds: Double,
        _ checkpoint: () throws -> Void
    ) throws -> (CodecConnection, CodecIdentity) {
        let connection = try CodecConnection(to: settings.socket, seconds: seconds, checkpoint: checkpoint)
        let (answer, _) = try connection.ask(.hello, mostBytes: 0, checkpoint: checkpoint)
        let identity = try CodecIdentity(answer)
        known.withLock { $0 = identity }
        return (connection, identity)
    }

    /// Notes whether a call went well.
    private func told<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            let result = try body()
            lastTrouble.withLock { $0 = nil }
            return result
        } catch let error as CodecProcessError {
            lastTrouble.withLock { $0 = error.isTemporary ? (error.description, .now) : nil }
            throw error
        }
    }

    // MARK: What is believed

    static func reals(
        _ answer: CodecAnswer,
        _ bytes: [UInt8],
        dimension: Int?,
        most: Int
    ) throws(CodecProcessError) -> [Float] {
        guard let count = answer.reals, (2...most).contains(count), count.isMultiple(of: 2) else {
            throw .wrongAnswer("no number of reals that is even and 2 to \(most)")
        }
        if let dimension, dimension != count { throw .wrongAnswer("\(count) reals instead of \(dimension)") }
        guard bytes.count == 4 * count else {
            throw .wrongAnswer("\(bytes.count) bytes for \(count) reals of 4 bytes each")
        }
        let reals = (0..<count).map { index in
            Float(bitPattern: (0..<4).reversed().reduce(0) { $0 << 8 | UInt32(bytes[4 * index + $1]) })
        }
        guard reals.allSatisfy(\.isFinite) else { throw .wrongAnswer("reals that are not finite") }
        let energy = reals.reduce(0) { $0 + Double($1) * Double($1) }
        guard power.contains((energy / Double(count)).squareRoot()) else {
            throw .wrongAnswer("reals whose root mean square is not \(power.lowerBound) to \(power.upperBound)")
        }
        return reals
    }

    static func picture(
        _ bytes: [UInt8],
        _ form: CodecIdentity.PictureForm,
        _ checkpoint: () throws -> Void
    ) throws -> Picture {
        if form == .rgb {
            let edge = Int((Double(bytes.count) / 3).squareRoot().rounded())
            guard (1...largestEdge).contains(edge), bytes.count == 3 * edge * edge else {
                throw CodecProcessError.wrongAnswer(
                    "\(bytes.count) bytes, which are no square picture of 1 to \(largestEdge) pixels"
                )
            }
            return Picture(width: edge, height: edge, pixels: bytes)
        }
        // Nothing but PNG is read from a process: the other formats' decoders are larger doors.
        guard bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) else {
            throw CodecProcessError.wrongAnswer("no PNG file")
        }
        var limits = DecodeLimits(pixels: largestEdge * largestEdge, bytes: mostPictureBytes)
        (limits.seconds, limits.memory) = (5, 64 << 20)
        let picture: Picture
        do {
            picture = try PictureFile.decode(bytes, limits: limits, checkpoint: checkpoint)
        } catch {
            if error == .interrupted { throw CancellationError() }
            throw CodecProcessError.wrongAnswer("a PNG file that cannot be read (\(error))")
        }
        guard picture.width == picture.height else {
            throw CodecProcessError.wrongAnswer("a picture of \(picture.width)x\(picture.height), which is not square")
        }
        return picture
    }

    private static func bytes(of numbers: [Float]) -> [UInt8] {
        numbers.flatMap { number in withUnsafeBytes(of: number.bitPattern.littleEndian) { Array($0) } }
    }
}
