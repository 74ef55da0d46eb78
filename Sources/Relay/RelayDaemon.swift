import Channel
import Foundation
import Logging
import NIOCore
import ServiceKit
import ServiceLifecycle

/// snr-relay, put together: a UDP forwarder with a noisy channel in it.
///
/// Each transmitter (source address) gets a socket of its own towards the receiver, so that reports find their way
/// back.
public actor RelayDaemon: Service {
    /// Most transmitters at once; a further one takes the place of the one that was silent longest.
    static let mostTransmitters = 64

    private struct Path {
        let socket: DatagramSocket
        let returning: Task<Void, Never>
        var lastHeard: ContinuousClock.Instant
    }

    private let configuration: RelayConfiguration
    private let context: DaemonContext<RelayConfiguration>
    private let logger = Logger(label: "snr-relay")
    private var hop: NoisyHop<AWGNChannel>
    private var returned = 0
    private var paths: [SocketAddress: Path] = [:]

    public init(_ configuration: RelayConfiguration, context: DaemonContext<RelayConfiguration> = .init()) {
        self.configuration = configuration
        self.context = context
        hop = NoisyHop(
            channel: AWGNChannel(snrDB: configuration.snrDecibels, seed: UInt64(configuration.seed)),
            sampleRate: UInt32(configuration.sampleRate)
        )
    }

    /// What was done so far.
    public var counters: RelayCounters {
        var counters = hop.counters
        counters.returned = returned
        return counters
    }

    /// Forwards until shut down. `Daemon.run` calls it; a test may as well.
    public func run() async throws {
        let receiver = try configuration.peer.resolve()
        let socket = try await DatagramSocket.bind(configuration.listen)
        context.watchdog.watch("relay", socket)
        Daemon.announce(.init(udpPort: socket.port), file: configuration.readyFile, logger: logger)
        logger.info("channel: AWGN, \(configuration.snrDecibels) dB, seed \(configuration.seed)")
        for await datagram in socket.datagrams.cancelOnGracefulShutdown() {
            do {
                let path = try await path(from: datagram.source, front: socket, receiver: receiver)
                path.send(hop.pass(datagram.bytes), to: receiver)
            } catch {
                logger.error("cannot open a socket towards the receiver: \(error)")
            }
        }
        for path in paths.values {
            path.returning.cancel()
            await path.socket.close()
        }
        await socket.close()
        let counters = counters
        logger.info(
            "forwarded",
            metadata: [
                "noisy": "\(counters.noisy)", "untouched": "\(counters.untouched)", "returned": "\(counters.returned)",
                "symbols": "\(counters.symbols)", "clipped": "\(counters.clipped)",
            ]
        )
    }

    private func path(
        from source: SocketAddress,
        front: DatagramSocket,
        receiver: SocketAddress
    ) async throws -> DatagramSocket {
        if let known = paths[source]?.socket {
            paths[source]?.lastHeard = .now
            return known
        }
        if paths.count >= Self.mostTransmitters,
            let silent = paths.min(by: { $0.value.lastHeard < $1.value.lastHeard })
        {
            paths[silent.key] = nil
            silent.value.returning.cancel()
            await silent.value.socket.close()
        }
        let socket = try await DatagramSocket.bind(Endpoint(anyLike: receiver))
        let returning = Task {
            for await datagram in socket.datagrams {
                front.send(datagram.bytes, to: source)
                returned += 1
            }
        }
        paths[source] = Path(socket: socket, returning: returning, lastHeard: .now)
        return socket
    }
}
