import DequeModule
import Foundation
import NIOCore
import Synchronization

/// A UDP socket that nothing on the network ends: datagrams come as a sequence, and leave by `send`.
///
/// The system's own socket and not SwiftNIO's, which closes after most errors of a send: a link must outlive a route that
/// is gone, a firewall that says no and an interface that was removed, and send again when they are back.
package final class DatagramSocket: WatchedLoop {
    /// One datagram and the address it came from.
    package struct Datagram: Sendable {
        package let bytes: [UInt8]
        package let source: SocketAddress

        package init(bytes: [UInt8], source: SocketAddress) {
            self.bytes = bytes
            self.source = source
        }
    }

    /// Most bytes of a datagram that is taken; a larger one is dropped and counted.
    package static let mostBytes = 9216

    /// What arrives, for one reader. Ends when the socket is closed. When the reader is `backlog` datagrams behind,
    /// further ones are dropped and counted.
    package let datagrams: Datagrams
    /// Where the socket is bound; the port is the real one when 0 was asked for.
    package let localAddress: SocketAddress
    private let inlet: Inlet
    private let outlet: Outlet
    private let queue = DispatchQueue(label: "datagrams")
    private let source: ReadSource

    /// Binds a socket. A port of 0 takes any that is free. A name is looked up first, on a thread of its own.
    ///
    /// - Parameter backlog: most datagrams that wait for the reader.
    /// - Throws: `EndpointError` when the name is not known, `SocketError`.
    package static func bind(_ endpoint: Endpoint, backlog: Int = 4096) async throws -> DatagramSocket {
        try await bind(to: endpoint.resolve(), backlog: backlog)
    }

    /// - Throws: `SocketError`.
    package static func bind(to address: SocketAddress, backlog: Int = 4096) throws(SocketError) -> DatagramSocket {
        let descriptor = socket(
            Int32(address.protocol.rawValue),
            Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue),
            0
        )
        guard descriptor >= 0 else { throw SocketError("open a socket for", address, errno) }
        // Larger than that is more than most systems grant; what is granted is enough for a transmission.
        Self.set(descriptor, SOL_SOCKET, SO_RCVBUF, 4 << 20)
        Self.set(descriptor, SOL_SOCKET, SO_SNDBUF, 1 << 20)
        // `[::]` takes IPv4 as well, whatever the system's default.
        if case .v6 = address { Self.set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
        guard address.withSockAddr({ Foundation.bind(descriptor, $0, socklen_t($1)) }) == 0 else {
            defer { Foundation.close(descriptor) }
            throw SocketError("listen on", address, errno)
        }
        var storage = sockaddr_storage()
        guard let local = withSocketAddress(of: &storage, { getsockname(descriptor, $0, $1) == 0 }) else {
            defer { Foundation.close(descriptor) }
            throw SocketError("listen on", address, errno)
        }
        return DatagramSocket(descriptor: descriptor, localAddress: local, backlog: backlog)
    }

    private init(descriptor: Int32, localAddress: SocketAddress, backlog: Int) {
        let inlet = Inlet(backlog: backlog)
        let outlet = Outlet(descriptor)
        let source = ReadSource(descriptor, queue)
        self.datagrams = Datagrams(inlet: inlet)
        self.localAddress = localAddress
        self.inlet = inlet
        self.outlet = outlet
        self.source = source
        source.events.setEventHandler { [weak source, queue] in
            guard !inlet.read(descriptor), let source else { return }
            // An error that stays would call again at once and for ever.
            source.events.suspend()
            queue.asyncAfter(deadline: .now() + .milliseconds(100)) { source.events.resume() }
        }
        source.events.setCancelHandler {
            outlet.close()
            inlet.finish()
        }
        source.events.activate()
    }

    deinit { source.events.cancel() }

    /// The bound port.
    package var port: Int { localAddress.port ?? 0 }

    /// Datagrams dropped because the reader was too slow.
    package var dropped: Int { inlet.dropped.load(ordering: .relaxed) }

    /// Datagrams dropped because they had more than `mostBytes`.
    package var oversized: Int { inlet.oversized.load(ordering: .relaxed) }

    /// Datagrams that the system dropped because its buffer was full.
    package var overflowed: Int { outlet.overflowed }

    /// Datagrams the system would not send.
    package var unsent: Int { outlet.unsent.load(ordering: .relaxed) }

    /// Sends one datagram; where the system's buffer is full, waits for it a little.
    ///
    /// - Throws: `SocketError` when it was not sent; it is counted, and the socket stays as it is.
    package func send(_ bytes: [UInt8], to destination: SocketAddress) throws(SocketError) {
        try outlet.send(bytes, to: destination)
    }

    /// Sends several datagrams of the same size, up to 64, by one call, where the system can (UDP_SEGMENT, Linux 4.18).
    ///
    /// - Returns: false when none was sent: because of what they are, where they go or what the system is.
    package func sendTogether(_ datagrams: [[UInt8]], to destination: SocketAddress) -> Bool {
        outlet.sendTogether(datagrams, to: destination)
    }

    /// The reader of `datagrams` answers when it asks for the next one. The question passes through the socket's own
    /// queue, so it also tells of a read that hangs.
    package func ping(_ answer: @escaping @Sendable () -> Void) {
        inlet.pulse.ping(answer)
        queue.async { [inlet] in inlet.wakeReader() }
    }

    /// Closes the socket and ends `datagrams`.
    package func close() async {
        source.events.cancel()
        // Behind the cancel handler in the queue.
        await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// The datagrams of a socket as they arrive.
    package struct Datagrams: AsyncSequence, Sendable {
        fileprivate let inlet: Inlet

        package func makeAsyncIterator() -> Iterator { Iterator(inlet: inlet, calls: inlet.calls.makeAsyncIterator()) }

        package struct Iterator: AsyncIteratorProtocol {
            fileprivate let inlet: Inlet
            fileprivate var calls: AsyncStream<Void>.Iterator

            package mutating func next() async -> Datagram? { await next(isolation: nil) }

            package mutating func next(isolation actor: isolated (any Actor)?) async -> Datagram? {
                await first(isolation: actor) { $0.popFirst() }
            }

            /// All that wait, one at least; nil at the end.
            package mutating func nextBatch(isolation actor: isolated (any Actor)? = #isolation) async -> [Datagram]? {
                await first(isolation: actor) { waiting in
                    defer { waiting = [] }
                    return waiting.isEmpty ? nil : Array(waiting)
                }
            }

            /// What `take` gets as soon as there is something.
            private mutating func first<Taken: Sendable>(
                isolation actor: isolated (any Actor)?,
                _ take: @Sendable (inout Deque<Datagram>) -> Taken?
            ) async -> Taken? {
                repeat {
                    inlet.pulse.beat()
                    if let taken = inlet.waiting.withLock({ take(&$0) }) { return taken }
                } while await calls.next(isolation: actor) != nil
                return inlet.waiting.withLock({ take(&$0) })
            }
        }
    }
}

/// Calls when there is something to read.
private final class ReadSource: @unchecked Sendable {
    // Dispatch's sources may be used from any thread; their protocol does not say so.
    let events: any DispatchSourceRead

    init(_ descriptor: Int32, _ queue: DispatchQueue) {
        events = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
    }
}

/// The way in: reads what is there and passes it on. Used on the socket's queue alone, but for the counters.
private final class Inlet: Sendable {
    let dropped = Atomic(0)
    let oversized = Atomic(0)
    let pulse = Pulse()
    /// What the reader has not taken yet.
    let waiting = Mutex<Deque<DatagramSocket.Datagram>>([])
    /// Each tells the reader to look.
    let calls: AsyncStream<Void>
    private let reader: AsyncStream<Void>.Continuation
    private let backlog: Int

    init(backlog: Int) {
        self.backlog = backlog
        (calls, reader) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Reads until nothing is there, or a share of a flood.
    ///
    /// - Returns: false after an error. It costs at most a datagram and is no reason to close: an ICMP answer to one that
    ///   was sent, an interface that went away.
    func read(_ descriptor: Int32) -> Bool {
        var batch: [DatagramSocket.Datagram] = []
        defer { pass(batch) }
        return withUnsafeTemporaryAllocation(byteCount: DatagramSocket.mostBytes, alignment: 16) { buffer in
            var sender = Sender()
            for _ in 0..<64 {
                let count = sender.fill { address, length in
                    recvfrom(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_TRUNC), address, length)
                }
                guard count >= 0 else { return errno == EAGAIN || errno == EINTR }
                guard count <= buffer.count else {
                    oversized.add(1, ordering: .relaxed)
                    continue
                }
                guard let source = sender.address else { continue }
                let bytes = [UInt8](UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                batch.append(DatagramSocket.Datagram(bytes: bytes, source: source))
            }
            return true
        }
    }

    private func pass(_ batch: [DatagramSocket.Datagram]) {
        guard !batch.isEmpty else { return }
        let room = waiting.withLock { waiting in
            let room = max(0, backlog - waiting.count)
            waiting.append(contentsOf: batch.prefix(room))
            return room
        }
        dropped.add(max(0, batch.count - room), ordering: .relaxed)
        wakeReader()
    }

    func wakeReader() {
        reader.yield()
    }

    func finish() {
        reader.finish()
        pulse.finish()
    }
}

/// Where a datagram came from. Mostly that is where the one before came from: an address is not made anew for each.
private struct Sender {
    private(set) var address: SocketAddress?
    private var latest = sockaddr_storage()
    private var length = socklen_t(0)

    /// Has a system call fill in the address; nil afterwards where it is of no internet family.
    mutating func fill(_ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int) -> Int {
        var (storage, size) = (sockaddr_storage(), socklen_t(MemoryLayout<sockaddr_storage>.size))
        return withUnsafeMutablePointer(to: &storage) { pointer in
            let result = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, &size) }
            if result >= 0, size != length || memcmp(pointer, &latest, Int(min(size, length))) != 0 {
                (latest, length) = (pointer.pointee, size)
                address = SocketAddress(UnsafeRawPointer(pointer))
            }
            return result
        }
    }
}

/// The way out, from any thread. It owns the descriptor.
private final class Outlet: Sendable {
    let unsent = Atomic(0)
    private struct State {
        /// Nil once closed: the number may be another file's then.
        var descriptor: Int32?
        /// Room for datagrams that leave together.
        var joined: [UInt8] = []
    }

    private let state: Mutex<State>
    /// What the system had dropped when the socket was closed.
    private let overflowedAtClose = Atomic(0)

    init(_ descriptor: Int32) {
        state = Mutex(State(descriptor: descriptor))
    }

    func send(_ bytes: [UInt8], to destination: SocketAddress) throws(SocketError) {
        let code: Int32 = state.withLock { state in
            guard let descriptor = state.descriptor else { return EBADF }
            for attempt in 0... {
                let sent = destination.withSockAddr { address, length in
                    sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, socklen_t(length))
                }
                if sent >= 0 { return 0 }
                if errno == EINTR { continue }
                guard errno == EAGAIN, attempt < 3 else { return errno }
                var readiness = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&readiness, 1, 10)
            }
            return EAGAIN
        }
        guard code == 0 else {
            unsent.add(1, ordering: .relaxed)
            throw SocketError("send to", destination, code)
        }
    }

    func sendTogether(_ datagrams: [[UInt8]], to destination: SocketAddress) -> Bool {
        // One message takes 65,507 bytes.
        guard let size = datagrams.first?.count, size > 0, size * datagrams.count < 65_000,
            datagrams.allSatisfy({ $0.count == size })
        else { return false }
        // UDP_SEGMENT and its two bytes.
        var header = cmsghdr()
        let headerSize = MemoryLayout<cmsghdr>.size
        (header.cmsg_len, header.cmsg_level, header.cmsg_type) = (headerSize + 2, Int32(IPPROTO_UDP), 103)
        return withUnsafeTemporaryAllocation(byteCount: headerSize + 8, alignment: 16) { control in
            control.storeBytes(of: header, as: cmsghdr.self)
            control.storeBytes(of: UInt16(truncatingIfNeeded: size), toByteOffset: headerSize, as: UInt16.self)
            return state.withLock { state in
                guard let descriptor = state.descriptor else { return false }
                state.joined.removeAll(keepingCapacity: true)
                for datagram in datagrams { state.joined += datagram }
                return state.joined.withUnsafeMutableBytes { bytes in
                    var part = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                    return destination.withSockAddr { address, length in
                        withUnsafeMutablePointer(to: &part) { part in
                            var message = msghdr()
                            message.msg_name = UnsafeMutableRawPointer(mutating: address)
                            message.msg_namelen = socklen_t(length)
                            (message.msg_iov, message.msg_iovlen) = (part, 1)
                            (message.msg_control, message.msg_controllen) = (control.baseAddress, control.count)
                            return sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL)) >= 0
                        }
                    }
                }
            }
        }
    }

    var overflowed: Int {
        state.withLock { $0.descriptor.map(Self.drops) } ?? overflowedAtClose.load(ordering: .relaxed)
    }

    func close() {
        state.withLock { state in
            guard let open = state.descriptor else { return }
            overflowedAtClose.store(Self.drops(of: open), ordering: .relaxed)
            Foundation.close(open)
            state = State()
        }
    }

    /// SO_MEMINFO's ninth number, SK_MEMINFO_DROPS in linux/sock_diag.h.
    private static func drops(of descriptor: Int32) -> Int {
        var numbers = [UInt32](repeating: 0, count: 9)
        var length = socklen_t(numbers.count * MemoryLayout<UInt32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_MEMINFO, &numbers, &length) == 0 else { return 0 }
        return Int(numbers[8])
    }
}

/// Has a system call fill in an address.
///
/// - Parameter body: whether the call succeeded.
/// - Returns: nil when it did not, or when the address is of no internet family.
private func withSocketAddress(
    of storage: inout sockaddr_storage,
    _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Bool
) -> SocketAddress? {
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
        let filled = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
        return filled ? SocketAddress(UnsafeRawPointer(pointer)) : nil
    }
}

extension SocketAddress {
    /// The address that a system call wrote; nil for other families than the internet's.
    ///
    /// - Parameter storage: a `sockaddr` of any family, in as many bytes as that family takes.
    init?(_ storage: UnsafeRawPointer) {
        switch Int32(storage.load(as: sockaddr.self).sa_family) {
        case AF_INET: self = SocketAddress(storage.load(as: sockaddr_in.self))
        case AF_INET6: self = SocketAddress(storage.load(as: sockaddr_in6.self))
        default: return nil
        }
    }
}
