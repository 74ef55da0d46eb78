import NIOCore
import NIOPosix
import Synchronization

/// A UDP socket: datagrams come as a sequence, and leave by `send`.
public final class DatagramSocket: WatchedLoop {
    /// One datagram and the address it came from.
    public struct Datagram: Sendable {
        public let bytes: [UInt8]
        public let source: SocketAddress

        public init(bytes: [UInt8], source: SocketAddress) {
            self.bytes = bytes
            self.source = source
        }
    }

    /// Most bytes of a datagram that is taken; a larger one is dropped and counted.
    public static let mostBytes = 9216

    /// What arrives, for one reader. Ends when the socket is closed. When the reader is `backlog` datagrams behind,
    /// further ones are dropped and counted.
    public let datagrams: Datagrams
    /// Where the socket is bound; the port is the real one when 0 was asked for.
    public let localAddress: SocketAddress
    private let channel: any Channel
    private let inlet: Inlet

    /// Binds a socket. A port of 0 takes any that is free.
    ///
    /// - Parameter backlog: most datagrams that wait for the reader.
    public static func bind(_ endpoint: Endpoint, backlog: Int = 4096) async throws -> DatagramSocket {
        try await bind(to: endpoint.resolve(), backlog: backlog)
    }

    static func bind(to address: SocketAddress, backlog: Int) async throws -> DatagramSocket {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Datagram?.self,
            bufferingPolicy: .bufferingOldest(backlog)
        )
        let inlet = Inlet(continuation)
        let vector = 16
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.socketOption(.so_rcvbuf), value: 4 << 20)
            .channelOption(.datagramVectorReadMessageCount, value: vector)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: vector * (mostBytes + 16)))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(inlet) }
            }
            .bind(to: address).get()
        guard let local = channel.localAddress else {
            try await channel.close()
            throw ChannelError.unknownLocalAddress
        }
        return DatagramSocket(
            datagrams: Datagrams(stream: stream, pulse: inlet.pulse),
            localAddress: local,
            channel: channel,
            inlet: inlet
        )
    }

    private init(datagrams: Datagrams, localAddress: SocketAddress, channel: any Channel, inlet: Inlet) {
        self.datagrams = datagrams
        self.localAddress = localAddress
        self.channel = channel
        self.inlet = inlet
    }

    /// The bound port.
    public var port: Int { localAddress.port ?? 0 }

    /// Datagrams dropped because the reader was too slow.
    public var dropped: Int { inlet.dropped.load(ordering: .relaxed) }

    /// Datagrams dropped because they had more than `mostBytes`.
    public var oversized: Int { inlet.oversized.load(ordering: .relaxed) }

    /// Datagrams that the system dropped because its buffer was full, as of half a second ago.
    public var overflowed: Int { inlet.overflowed.load(ordering: .relaxed) }

    /// Datagrams the system would not send.
    public var unsent: Int { inlet.unsent.load(ordering: .relaxed) }

    /// Sends one datagram and does not wait. One that cannot be sent is lost, as on any link, and counted.
    public func send(_ bytes: [UInt8], to destination: SocketAddress) {
        let envelope = AddressedEnvelope(remoteAddress: destination, data: channel.allocator.buffer(bytes: bytes))
        channel.writeAndFlush(envelope).whenFailure { [inlet] _ in inlet.unsent.add(1, ordering: .relaxed) }
    }

    /// The reader of `datagrams` answers when it asks for the next one. The question passes through the event loop and
    /// the queue, so it also tells of an event loop that hangs.
    public func ping(_ answer: @escaping @Sendable () -> Void) {
        inlet.pulse.ping(answer)
        channel.eventLoop.execute { [inlet] in inlet.wakeReader() }
    }

    /// Closes the socket and ends `datagrams`.
    public func close() async {
        try? await channel.close()
    }

    /// The datagrams of a socket as they arrive.
    public struct Datagrams: AsyncSequence, Sendable {
        /// Nil wakes the reader for a sign of life.
        fileprivate let stream: AsyncStream<Datagram?>
        fileprivate let pulse: Pulse

        public func makeAsyncIterator() -> Iterator {
            Iterator(stream: stream.makeAsyncIterator(), pulse: pulse)
        }

        public struct Iterator: AsyncIteratorProtocol {
            fileprivate var stream: AsyncStream<Datagram?>.Iterator
            fileprivate let pulse: Pulse

            public mutating func next() async -> Datagram? { await next(isolation: nil) }

            public mutating func next(isolation actor: isolated (any Actor)?) async -> Datagram? {
                while let datagram = await stream.next(isolation: actor) {
                    pulse.beat()
                    if let datagram { return datagram }
                }
                return nil
            }
        }
    }

    private final class Inlet: ChannelInboundHandler, Sendable {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        let dropped = Atomic(0)
        let oversized = Atomic(0)
        let overflowed = Atomic(0)
        let unsent = Atomic(0)
        let pulse = Pulse()
        private let continuation: AsyncStream<Datagram?>.Continuation

        init(_ continuation: AsyncStream<Datagram?>.Continuation) {
            self.continuation = continuation
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let envelope = unwrapInboundIn(data)
            guard envelope.data.readableBytes <= DatagramSocket.mostBytes else {
                oversized.add(1, ordering: .relaxed)
                return
            }
            let datagram = Datagram(bytes: Array(buffer: envelope.data), source: envelope.remoteAddress)
            if case .dropped = continuation.yield(datagram) { dropped.add(1, ordering: .relaxed) }
        }

        /// SO_MEMINFO's numbers, the ninth of which is SK_MEMINFO_DROPS in linux/sock_diag.h.
        private typealias SocketMemory = (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32)

        func channelActive(context: ChannelHandlerContext) {
            guard let options = context.channel as? any SocketOptionProvider else { return }
            context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(500)) { [weak self] task in
                let memory: EventLoopFuture<SocketMemory> = options.unsafeGetSocketOption(
                    level: .socket,
                    name: NIOBSDSocket.Option(rawValue: 55)
                )
                memory.whenComplete { result in
                    guard case .success(let numbers) = result, let self else { return task.cancel() }
                    self.overflowed.store(Int(numbers.8), ordering: .relaxed)
                }
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            continuation.finish()
            pulse.finish()
        }

        func wakeReader() {
            continuation.yield(nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            // A failed read, such as a refused datagram's ICMP answer, is a lost datagram and no reason to close.
        }
    }
}
