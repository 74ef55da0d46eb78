import Channel
import ControlAPI
import ServiceKit

/// Everything that the relay decides, without sockets and clocks: noise, fates, delays.
///
/// Towards the receiver a packet meets its fate first and then the noise, which is the same for both copies of a
/// doubled packet. Where the channel has a memory, packets wait for those round them. `Route` says where a packet belongs; it comes out as it went in.
struct RelayPipeline<Route: Hashable & Sendable>: Sendable {
    /// A packet that leaves now.
    struct Departure: Sendable {
        let bytes: [UInt8]
        let direction: LinkDirection
        let route: Route

        /// Whether both take the same way and have the same size.
        func isLike(_ other: Departure) -> Bool {
            direction == other.direction && route == other.route && bytes.count == other.bytes.count
        }
    }

    /// A packet that waits, and what it still has to go through.
    private struct Waiting: Sendable {
        var departure: Departure
        let placed: NoisyHop<ImpairedChannel, Route>.Placed?
    }

    /// How long packets wait for the ones round them where the channel has a memory.
    static var neighbours: Duration { .milliseconds(2) }

    private(set) var settings: RelaySettings
    private var forward: FaultLine
    private var back: FaultLine
    private var hop: NoisyHop<ImpairedChannel, Route>
    private var queue: DelayQueue<Waiting>

    init(_ settings: RelaySettings, sampleRate: UInt32, limits: DelayLimits) {
        self.settings = settings
        forward = FaultLine(direction: .forward, seed: settings.seed, faults: settings.forward)
        back = FaultLine(direction: .back, seed: settings.seed, faults: settings.back)
        hop = NoisyHop(channel: settings.channelModel, sampleRate: sampleRate)
        queue = DelayQueue(limits: limits)
    }

    /// When `due` has something next, if nothing arrives.
    var nextDeadline: Duration? { queue.nextDeadline }

    /// Takes a packet.
    ///
    /// - Parameter now: monotonic, from any origin.
    mutating func receive(_ datagram: [UInt8], _ direction: LinkDirection, route: Route, at now: Duration) {
        if direction == .forward { hop.observe(datagram, from: route) }
        let delays =
            direction == .forward
            ? forward.delays(ofPacketOf: datagram.count, at: now) : back.delays(ofPacketOf: datagram.count, at: now)
        guard !delays.isEmpty else {
            if direction == .forward { hop.overhear(datagram, from: route) }
            return
        }
        let passage = direction == .forward ? hop.enter(datagram, from: route) : .passed(datagram)
        var (bytes, wait) = (datagram, Duration.zero)
        var placed: NoisyHop<ImpairedChannel, Route>.Placed?
        if case .waits(let packet) = passage { (placed, wait) = (packet, Self.neighbours) }
        if case .passed(let passed) = passage { bytes = passed }
        for delay in delays {
            let packet = Departure(bytes: bytes, direction: direction, route: route)
            let waiting = Waiting(departure: packet, placed: placed)
            if !queue.insert(waiting, bytes: bytes.count, due: now + delay + wait) { count(.queueFull, direction) }
        }
    }

    /// The next packet that leaves at `now` or before, until there is none.
    mutating func due(at now: Duration) -> Departure? {
        guard let next = queue.popDue(at: now) else { return nil }
        guard let placed = next.placed else { return next.departure }
        let (direction, route) = (next.departure.direction, next.departure.route)
        return Departure(bytes: hop.leaves(placed), direction: direction, route: route)
    }

    /// Counts what became of a packet.
    mutating func count(_ fate: PacketFate, _ direction: LinkDirection) {
        if direction == .forward { forward.count(fate) } else { back.count(fate) }
    }

    /// Whether a data packet from the transmitters has 16-bit samples at the configured rate, as far as its stream says.
    func hasUsualSamples(_ datagram: [UInt8], route: Route) -> Bool { hop.hasUsualSamples(datagram, from: route) }

    /// Why streams pass without noise, a line for each stream since the last call.
    mutating func takeWarnings() -> [String] { hop.takeWarnings() }

    /// Goes on with other settings; what is in the queue stays as it was decided.
    mutating func apply(_ settings: RelaySettings) {
        if settings.seed != self.settings.seed {
            forward = forward.reseeded(settings.seed)
            back = back.reseeded(settings.seed)
        }
        forward.faults = settings.forward
        back.faults = settings.back
        hop.channel = settings.channelModel
        self.settings = settings
    }

    var forwardStatus: RelayStatus.Direction { Self.status(of: forward) }
    var backStatus: RelayStatus.Direction { Self.status(of: back) }
    var noiseStatus: RelayStatus.Noise { hop.counters }
    var queueStatus: RelayStatus.Queue { .init(packets: queue.count, bytes: queue.bytes) }

    private static func status(of line: FaultLine) -> RelayStatus.Direction {
        .init(faults: line.faults, received: line.received, fates: line.fates)
    }
}
