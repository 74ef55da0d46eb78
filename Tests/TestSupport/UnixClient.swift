import Foundation

/// A connection to a unix socket for tests that speak by hand. Its calls wait: use it outside Swift's own threads.
package final class UnixClient: Sendable {
    private let descriptor: Int32

    /// Nil when nobody answers. Waits at most 20 seconds for a byte.
    package init?(_ path: String) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let connected = withUnixAddress(path) { [descriptor] in connect(descriptor, $0, $1) }
        guard connected == 0 else { return nil }
    }

    deinit { close(descriptor) }

    /// - Returns: whether all of it was taken.
    @discardableResult
    package func send(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// Says that nothing more comes.
    package func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Reads until `isEnough`, or until the connection is closed or stays silent.
    package func read(until isEnough: (String) -> Bool = { _ in false }) -> String {
        var answer = ""
        var byte: UInt8 = 0
        while !isEnough(answer), Foundation.read(descriptor, &byte, 1) == 1 {
            answer.unicodeScalars.append(UnicodeScalar(byte))
        }
        return answer
    }

    /// Whether the other end closes it within ten seconds, without having said anything.
    package var isClosedByPeer: Bool { TestSupport.isClosedByPeer(descriptor) }
}
