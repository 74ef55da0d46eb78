import Foundation

/// What has come of a stream: the answer of the receiver's `GET /v1/streams/ID`.
package struct StreamReception: Codable, Sendable, Equatable {
    /// A UUID in lower case: that of the transfer with its first picture.
    package let id: String
    /// The peer whose key it came under.
    package let peer: String
    package let started: Date
    /// When the last frame came.
    package var updated: Date
    /// Whether none has come for some time.
    package var isOver = false
    /// Frames that arrived, and those of them that were shown.
    package var received = 0, shown = 0
    /// Of those that were not shown: they came after their time, or after a later one; a newer one came before they could be
    /// drawn; nothing could be made of them.
    package var late = 0, overtaken = 0, failed = 0
    /// Numbers of frames that never came: lost, or not sent.
    package var missing = 0
    /// Es/N0 estimated from the last frame's pilots, in dB.
    package var snrDecibels: Double?
    /// Seconds that the last frame took to estimate and draw.
    package var seconds: Double?
    /// What is not well, such as a full disk.
    package var trouble: String?
}

/// The answer of the receiver's `GET /v1/streams`, the latest first.
package struct StreamReceptionList: Codable, Sendable {
    package let streams: [StreamReception]
}
