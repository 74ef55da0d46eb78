import Foundation

/// One conversation with a codec process over its unix socket, until a deadline.
///
/// A message is four bytes with the length of its header, big-endian; the header, a JSON object; and as many bytes as
/// `bytes` in it says. Its calls wait: only on a thread that is kept for maths. Where they wait they call the checkpoint
/// ten times a second, so that whoever watches the thread sees that it lives.
final class CodecConnection {
    private let descriptor: Int32
    private let deadline: ContinuousClock.Instant
    private let seconds: Double

    /// Milliseconds between two calls of a checkpoint.
    private static let slice = 100.0
    /// Bytes that are read at a time: memory is taken for what has come, not for what was promised.
    private static let portion = 256 << 10

    /// Connects.
    ///
    /// - Parameters:
    ///   - path: of the socket.
    ///   - seconds: until the deadline.
    ///   - checkpoint: what it throws ends the connecting.
    /// - Throws: `CodecProcessError`, and what the checkpoint throws.
    init(to path: String, seconds: Double, checkpoint: () throws -> Void) throws {
        (self.seconds, deadline) = (seconds, .now + .seconds(seconds))
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw CodecProcessError.absent(path, errno) }
        while true {
            let number = Self.connect(descriptor, path)
            switch number {
            case 0, EISCONN: return
            case EINTR, EAGAIN:
                // Its queue of connections is full, and no event tells when that ends.
                try checkpoint()
                guard ContinuousClock.now < deadline else { throw CodecProcessError.slow(seconds) }
                usleep(20_000)
            default: throw CodecProcessError.absent(path, number)
            }
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Sends a request and waits for its answer.
    ///
    /// - Parameters:
    ///   - mostBytes: that the answer's payload may have.
    ///   - checkpoint: called while it waits; what it throws ends the conversation.
    /// - Throws: `CodecProcessError`, and what the checkpoint throws.
    func ask(
        _ request: CodecRequest,
        payload: [UInt8] = [],
        mostBytes: Int,
        checkpoint: () throws -> Void
    ) throws -> (answer: CodecAnswer, payload: [UInt8]) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let header = Array(try encoder.encode(request))
        let length = withUnsafeBytes(of: UInt32(clamping: header.count).bigEndian) { Array($0) }
        try send(length + header, checkpoint)
        try send(payload, checkpoint)
        let announced = try receive(4, checkpoint).reduce(0) { $0 << 8 | Int($1) }
        let longest = CodecAnswer.longestHeader
        guard (2...longest).contains(announced) else {
            throw CodecProcessError.wrongAnswer("a header of \(announced) bytes, of at most \(longest)")
        }
        let answer = try CodecAnswer(header: receive(announced, checkpoint))
        if let sentence = answer.error {
            throw CodecProcessError.refused(sentence, code: answer.code, isTemporary: answer.temporary ?? false)
        }
        guard answer.bytes <= mostBytes else {
            throw CodecProcessError.wrongAnswer("\(answer.bytes) bytes where there can be \(mostBytes) at most")
        }
        return (answer, try receive(answer.bytes, checkpoint))
    }

    private func send(_ bytes: [UInt8], _ checkpoint: () throws -> Void) throws {
        var sent = 0
        while sent < bytes.count {
            try waitUntilReady(for: Int16(POLLOUT), checkpoint)
            let count = bytes.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 { sent += count } else { try Self.check(errno) }
        }
    }

    private func receive(_ wanted: Int, _ checkpoint: () throws -> Void) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var portion = [UInt8](repeating: 0, count: min(wanted, Self.portion))
        while bytes.count < wanted {
            try waitUntilReady(for: Int16(POLLIN), checkpoint)
            let count = recv(descriptor, &portion, min(portion.count, wanted - bytes.count), 0)
            if count > 0 {
                bytes += portion[..<count]
            } else {
                guard count < 0 else { throw CodecProcessError.died }
                try Self.check(errno)
            }
        }
        return bytes
    }

    /// Returns when the socket may go on. The time is looked at also where it may at once: who never stops sending has no
    /// more of it than others.
    private func waitUntilReady(for events: Int16, _ checkpoint: () throws -> Void) throws {
        while true {
            try checkpoint()
            let left = (deadline - .now) / .milliseconds(1)
            guard left > 0 else { throw CodecProcessError.slow(seconds) }
            var entry = pollfd(fd: descriptor, events: events, revents: 0)
            if poll(&entry, 1, Int32(min(left, Self.slice).rounded(.up))) > 0 { return }
        }
    }

    /// - Throws: `CodecProcessError` unless the call is to be made again.
    private static func check(_ number: Int32) throws(CodecProcessError) {
        guard number == EAGAIN || number == EINTR else { throw .died }
    }

    /// - Returns: errno, or 0 when connected.
    private static func connect(_ descriptor: Int32, _ path: String) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { place in
            guard path.utf8.count < place.count else { return false }
            place.copyBytes(from: path.utf8)
            return true
        }
        guard fits else { return ENAMETOOLONG }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return result == 0 ? 0 : errno
    }
}
