import Foundation

/// Whether the other end of a connection closes it within ten seconds, without having said anything.
package func isClosedByPeer(_ client: Int32) -> Bool {
    var patience = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var byte: UInt8 = 0
    let count = read(client, &byte, 1)
    return count == 0 || errno == ECONNRESET
}
