import Foundation

/// A stream of a face: the transmitter's answer of `GET /v1/streams/ID`.
package struct StreamRecord: Codable, Sendable, Equatable {
    /// Whether frames are sent.
    package enum State: String, Codable, Sendable {
        /// Its first picture, the key that all others go on from, is not at the receiver yet.
        case starting
        case live
        case over
    }

    /// That of the transfer which carries its first picture.
    package let id: String
    package let created: Date
    package var state = State.starting
    /// Why it is over, or what is not well.
    package var trouble: String?
    /// Frames by what became of them.
    package var frames: [FrameFate: Int] = [:]
    /// Es/N0 in dB as the receiver reported it last.
    package var snrDecibels: Double?
    /// Complex symbols on air of the frames so far, pilots included, and bits of side information.
    package var symbolsOnAir = 0, sideInformationBits = 0
    /// Seconds of work for the last frame, from its file to its reals.
    package var encodingSeconds: Double?

    package init(id: String, created: Date) { (self.id, self.created) = (id, created) }
}

/// What became of a frame that was handed in.
package enum FrameFate: String, Codable, Sendable, CodingKeyRepresentable {
    /// It is on the air.
    case sent
    /// The receiver does not have the key yet.
    case starting
    /// The one before is still at work: frames are dropped, and never wait.
    case busy
    /// There is no face in it.
    case noFace = "no_face"
}

/// The answer to a frame.
package struct FrameAnswer: Codable, Sendable, Equatable {
    /// Counted from 0.
    package let number: Int
    package let fate: FrameFate

    package init(number: Int, fate: FrameFate) { (self.number, self.fate) = (number, fate) }
}

/// The answer of `GET /v1/streams`, the latest first.
package struct StreamList: Codable, Sendable {
    package let streams: [StreamRecord]

    package init(streams: [StreamRecord]) { self.streams = streams }
}
