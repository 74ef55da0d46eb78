import Basics
import Channel

/// A file with a table of echoes, read when the configuration is.
struct DelayLineFile: Decodable, Sendable {
    /// Nil when there is a complaint.
    let line: DelayLine?
    /// What is wrong with the file, in words, or nil.
    let complaint: String?

    init(from decoder: any Decoder) throws {
        let path = try decoder.singleValueContainer().decode(String.self)
        do {
            let text = String(decoding: try AtomicFile.read(path, limit: 65_536), as: UTF8.self)
            (line, complaint) = (try DelayLine(parsing: text), nil)
        } catch let error as DelayLineError {
            (line, complaint) = (nil, "\(path): \(error)")
        } catch {
            (line, complaint) = (nil, "\(error)")
        }
    }
}
