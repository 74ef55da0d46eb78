import Basics
import ControlAPI
import Foundation
import Logging
import NIOCore
import ServiceKit
import ServiceLifecycle
import Wire

/// snr-relay, put together: the thin shell of sockets, timer and files round `RelayPipeline`.
///
/// Each transmitter (source address) gets a socket of its own towards the receiver, so that reports find their way
/// back.
package actor RelayDaemon: Service {
    /// Most transmitters at once; a further one takes the place of the one that was silent longest.
    static let mostTransmitters = 64

    private struct Path {
        let number: Int
        let socket: DatagramSocket
        let returning: Task<Void, Never>
        var lastHeard: ContinuousClock.Instant

        func reaches(_ destination: SocketAddress) -> Bool { socket.localAddress.protocol == destination.protocol }
    }

    /// A transmitter and which of its paths: a packet that was delayed must not leave by another's socket.
    private struct Route: Hashable, Sendable {
        let transmitter: SocketAddress
        let number: Int

        // No two paths have the same number.
        static func == (a: Route, b: Route) -> Bool { a.number == b.number }
        func hash(into hasher: inout Hasher) { hasher.combine(number) }
    }

    private typealias Departure = RelayPipeline<Route>.Departure

    private(set) var profiles: [String: LinkProfile]
    let configuration: RelayConfiguration
    private let context: DaemonContext<RelayConfiguration>
    let logger = Logger(label: "snr-relay")
    private let start = ContinuousClock.now
    private var pipeline: RelayPipeline<Route>
    private var metrics: RelayMetrics
    private let receiver: PeerAddress
    private let readiness = Readiness()
    private var watch: SendWatch
    /// What leaves next, all by one path and of one size.
    private var outbox: [Departure] = []
    /// Whether the packet towards the receiver that was sent last went out.
    private var isWell = false
    /// The transmitters' side, once the daemon runs.
    private var front: DatagramSocket?
    private let sockets = SocketMetrics(prefix: "relay")
    private var paths: [SocketAddress: Path] = [:]
    private var pathsOpened = 0
    var taps: [RecordingSettings.Tap: RecordingTap] = [:]
    /// Of warnings about streams: an attacker must not fill the log.
    private var warningLimit = SourceLimiter<String>(rate: 1.0 / 60, burst: 20)
    private var pacer: (deadline: Duration, task: Task<Void, Never>)?

    package init(_ configuration: RelayConfiguration, context: DaemonContext<RelayConfiguration> = .init()) {
        self.configuration = configuration
        self.context = context
        receiver = PeerAddress(configuration.peer)
        watch = SendWatch("peer", readiness: readiness, logger: logger)
        profiles = configuration.profiles
        pipeline = RelayPipeline(
            configuration.settings,
            sampleRate: UInt32(configuration.sampleRate),
            limits: .init(packets: configuration.limits.queuedPackets, bytes: configuration.limits.queuedBytes)
        )
        metrics = RelayMetrics()
        metrics.publish(pipeline)
    }

    /// Forwards until shut down. `Daemon.run` calls it; a test may as well.
    ///
    /// - Throws: what keeps the daemon from starting: `ControlSocketError`, `FileError`, `EndpointError`, `SocketError`.
    package func run() async throws {
        defer { Daemon.withdraw(file: configuration.readyFile) }
        let front = try await DatagramSocket.bind(configuration.listen)
        self.front = front
        sockets.watch(front)
        try openTaps()
        logger.info("channel", metadata: description(of: pipeline.settings))
        context.watchdog.watch("relay", front)
        context.reload.on("profiles") { await self.use($0) }
        let monitoring = MonitoringServer(settings: configuration.monitoring, readiness: readiness, logger: logger)
        let ready: @Sendable () async -> Daemon.Ready = {
            Daemon.Ready(udpPort: front.port, monitoringPort: await monitoring.port())
        }
        // They stop in reverse order: the recorder goes on until the forwarder has ended the recordings.
        var services: [any Service] = [monitoring, Recorder(relay: self), Forwarder(relay: self, front: front)]
        if let path = configuration.controlSocket {
            let router = RelayRoutes.router(self)
            let announce: @Sendable () async -> Void = { [configuration, logger] in
                Daemon.announce(await ready(), file: configuration.readyFile, logger: logger)
            }
            services.append(
                ControlServer(
                    path: path,
                    router: router,
                    readiness: readiness,
                    logger: logger,
                    onRunning: announce
                )
            )
        } else {
            services.append(Announcement(logger: logger, file: configuration.readyFile, ready: ready))
        }
        try await ServiceGroup(services: services, logger: logger).run()
        let status = status
        logger.info(
            "forwarded",
            metadata: [
                "forward": "\(status.forward.summary)", "back": "\(status.back.summary)",
                "noisy": "\(status.noise.packets)", "untouched": "\(status.noise.untouched)",
                "symbols": "\(status.noise.symbols)", "clipped": "\(status.noise.clipped)",
                "discarded": "\(status.queue.packets)", "overrun": "\(status.dropped.overrun)",
                "overflowed": "\(status.dropped.overflowed)", "oversized": "\(status.dropped.oversized)",
            ]
        )
    }

    /// Settings, and what was done so far.
    package var status: RelayStatus {
        let settings = pipeline.settings
        return RelayStatus(
            profile: settings.profile,
            profiles: profiles.keys.sorted(),
            snrDecibels: settings.snrDecibels,
            seed: settings.seed,
            channel: settings.channel,
            forward: pipeline.forwardStatus,
            back: pipeline.backStatus,
            noise: pipeline.noiseStatus,
            queue: pipeline.queueStatus,
            transmitters: paths.count,
            dropped: sockets.drops,
            recordings: RecordingSettings.Tap.allCases.compactMap { taps[$0]?.status }
        )
    }

    /// Changes settings; the next packet meets them.
    func apply(_ change: RelayChange) throws(RelaySettingError) -> RelayStatus {
        var settings = pipeline.settings
        try settings.apply(change)
        take(settings)
        return status
    }

    /// Applies a profile, if there is one of that name.
    func apply(profile name: String) -> RelayStatus? {
        guard let profile = profiles[name] else { return nil }
        var settings = pipeline.settings
        settings.apply(profile, named: name)
        take(settings)
        return status
    }

    /// Takes profiles and settings from a configuration that was read again; sockets and limits need a restart.
    private func use(_ configuration: RelayConfiguration) {
        profiles = configuration.profiles
        take(configuration.settings)
    }

    private func take(_ settings: RelaySettings) {
        pipeline.apply(settings)
        metrics.publish(pipeline)
        logger.info("channel", metadata: description(of: settings))
    }

    private func description(of settings: RelaySettings) -> Logger.Metadata {
        [
            "profile": "\(settings.profile ?? "none")", "snr_db": "\(settings.snrDecibels)",
            "seed": "\(settings.seed)", "channel": "\(settings.channel.summary)",
            "forward": "\(settings.forward.summary)", "back": "\(settings.back.summary)",
        ]
    }

    // MARK: Packets

    /// Reads the transmitters' side until shut down.
    private struct Forwarder: Service {
        let relay: RelayDaemon
        let front: DatagramSocket

        func run() async throws {
            await withGracefulShutdownHandler {
                await relay.forwardAll(from: front)
            } onGracefulShutdown: {
                Task { await front.close() }
            }
            await relay.close()
        }
    }

    /// Packets after which others may ask something, in a flood.
    private static let share = 64
    /// So many packets leave by one call; fewer leave one by one, as they are seen on the way.
    private static let flood = 32

    /// Forwards what comes from transmitters until the socket is closed.
    private func forwardAll(from front: DatagramSocket) async {
        var (arriving, count) = (front.datagrams.makeAsyncIterator(), 0)
        while let batch = await arriving.nextBatch() {
            var latest: Route?
            for datagram in batch {
                let source = datagram.source
                if latest?.transmitter != source { latest = knownRoute(of: source) }
                let route = if let latest { latest } else { await openRoute(of: source) }
                forward(datagram.bytes, route)
                count += 1
                guard count.isMultiple(of: Self.share) else { continue }
                flush()
                latest = nil
                await Task.yield()
            }
            settle()
        }
    }

    private func forward(_ datagram: [UInt8], _ route: Route) {
        taps[.before]?.record(datagram, isUsual: pipeline.hasUsualSamples(datagram, route: route))
        let now = .now - start
        pipeline.receive(datagram, .forward, route: route, at: now)
        sendDue(at: now)
    }

    private func goBack(_ datagrams: [DatagramSocket.Datagram], _ route: Route) {
        for datagram in datagrams {
            let now = .now - start
            pipeline.receive(datagram.bytes, .back, route: route, at: now)
            sendDue(at: now)
        }
        settle()
    }

    private func sendDue(at now: Duration) {
        while let packet = pipeline.due(at: now) {
            if let first = outbox.first, !packet.isLike(first) { flush() }
            outbox.append(packet)
            if outbox.count == Self.flood { flush() }
        }
    }

    /// Sends what waits in the outbox.
    private func flush() {
        guard let first = outbox.first else { return }
        let packets = outbox
        outbox = []
        do {
            guard let (socket, destination) = try way(of: first) else { return count(.unroutable, packets) }
            if packets.count == Self.flood, socket.sendTogether(packets.map(\.bytes), to: destination) {
                return count(.forwarded, packets)
            }
            for packet in packets {
                do {
                    try socket.send(packet.bytes, to: destination)
                    count(.forwarded, [packet])
                } catch {
                    watch.failed(error)
                    count(.unsent, [packet])
                }
            }
        } catch {
            watch.failed(error)
            count(.unsent, packets)
        }
    }

    /// The socket by which a packet leaves, and where to; nil when there is none any more.
    private func way(of packet: Departure) throws(EndpointError) -> (DatagramSocket, SocketAddress)? {
        switch packet.direction {
        case .back: return front.map { ($0, packet.route.transmitter) }
        case .forward:
            guard let path = paths[packet.route.transmitter], path.number == packet.route.number else { return nil }
            return (path.socket, try receiver.current())
        }
    }

    private func count(_ fate: PacketFate, _ packets: [Departure]) {
        for packet in packets {
            pipeline.count(fate, packet.direction)
            guard packet.direction == .forward else { continue }
            if fate != .unroutable { isWell = fate == .forwarded }
            guard fate == .forwarded, let tap = taps[.after] else { continue }
            tap.record(packet.bytes, isUsual: pipeline.hasUsualSamples(packet.bytes, route: packet.route))
        }
    }

    /// Says what happened, and sets the timer for what is not due yet.
    private func settle() {
        flush()
        for warning in pipeline.takeWarnings() where warningLimit.admit("streams", at: .now - start) {
            logger.warning("\(warning)")
        }
        if isWell { watch.isWell() }
        metrics.publish(pipeline)
        guard let next = pipeline.nextDeadline else { return }
        if let pacer, pacer.deadline <= next { return }
        pacer?.task.cancel()
        let wakeup = start + next
        pacer = (
            next,
            Task { [weak self] in
                guard (try? await Task.sleep(until: wakeup, clock: .continuous)) != nil else { return }
                await self?.wake()
            }
        )
    }

    private func wake() {
        pacer = nil
        sendDue(at: .now - start)
        settle()
    }

    /// The path of a transmitter, unless its socket is of another kind than the address that the receiver has now.
    private func knownRoute(of source: SocketAddress) -> Route? {
        guard let place = paths.index(forKey: source) else { return nil }
        if let destination = try? receiver.current(), !paths.values[place].reaches(destination) { return nil }
        paths.values[place].lastHeard = .now
        return Route(transmitter: source, number: paths.values[place].number)
    }

    /// Opens a path for a transmitter. One that cannot be opened is one that nothing can take.
    private func openRoute(of source: SocketAddress) async -> Route {
        flush()
        let destination = try? receiver.current()
        if let stale = paths[source] {
            await close(stale, of: source)
        } else if paths.count >= Self.mostTransmitters,
            let silent = paths.min(by: { $0.value.lastHeard < $1.value.lastHeard })
        {
            await close(silent.value, of: silent.key)
        }
        pathsOpened += 1
        let route = Route(transmitter: source, number: pathsOpened)
        do {
            let socket = try await DatagramSocket.bind(Endpoint(anyLike: destination ?? source))
            sockets.watch(socket)
            let returning = Task {
                var arriving = socket.datagrams.makeAsyncIterator()
                while let batch = await arriving.nextBatch() { goBack(batch, route) }
            }
            paths[source] = Path(number: route.number, socket: socket, returning: returning, lastHeard: .now)
        } catch {
            watch.failed(error)
        }
        return route
    }

    private func close(_ path: Path, of source: SocketAddress) async {
        paths[source] = nil
        path.returning.cancel()
        await path.socket.close()
        sockets.retire(path.socket)
    }

    /// Closes all sockets and ends the recordings. What is delayed now is lost, as when a radio is switched off.
    private func close() async {
        pacer?.task.cancel()
        for tap in taps.values { tap.finish() }
        for path in paths.values {
            path.returning.cancel()
            await path.socket.close()
        }
        await front?.close()
    }
}
