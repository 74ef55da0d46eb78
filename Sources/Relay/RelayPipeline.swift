import Channel
import ControlAPI
import ServiceKit

/// Everything that the relay decides, without sockets and clocks: noise, fates, delays.
///
/// Towards the receiver a packet meets its fate first and then the noise, which is the same for both copies of a
/// doubled packet. `Route` says where a packet belongs; it comes out as it went in.
struct RelayPipeline<Route: Hashable & Sendable>: Sendable {
    /// A packet that leaves now.
    struct Departure: Sendable {
        let bytes: [UInt8]
        let direction: LinkDirection
        let route: Route
    }

    private(set) var settings: RelaySettings
    private var forward: FaultLine
    private var back: FaultLine
    private var hop: NoisyHop<AWGNChannel, Route>
    private var queue: DelayQueue<Departure>

    init(_ settings: RelaySettings, sampleRate: UInt32, limits: DelayQueue<Departure>.Limits) {
        self.settings = settings
        forward = FaultLine(direction: .forward, seed: settings.seed, faults: settings.forward)
        back = FaultLine(direction: .back, seed: settings.seed, faults: settings.back)
        hop = NoisyHop(channel: Self.channel(settings), sampleRate: sampleRate)
        queue = DelayQueue(limits: limits)
    }

    /// When `due` has something next, if nothing arrives.
    var nextDeadline: Duration? { queue.nextDeadline }

    /// Takes a packet.
    ///
    /// - Parameter now: monotonic, from any origin.
    mutating func receive(_ datagram: [UInt8], _ direction: LinkDirection, route: Route, at now: Duration) {
        if direction == .forward { hop.observe(datagram, from: route) }
        let delays = self[keyPath: Self.line(direction)].delays(ofPacketOf: datagram.count, at: now)
        guard !delays.isEmpty else { return }
        let bytes = direction == .forward ? hop.pass(datagram, from: route) : datagram
        for delay in delays {
            let packet = Departure(bytes: bytes, direction: direction, route: route)
            if !queue.insert(packet, bytes: bytes.count, due: now + delay) { count(.queueFull, direction) }
        }
    }

    /// The next packet that leaves at `now` or before, until there is none.
    mutating func due(at now: Duration) -> Departure? {
        queue.popDue(at: now)
    }

    /// Counts what became of a packet.
    mutating func count(_ fate: PacketFate, _ direction: LinkDirection) {
        self[keyPath: Self.line(direction)].count(fate)
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
        hop.channel = Self.channel(settings)
        self.settings = settings
    }

    var forwardStatus: RelayStatus.Direction { Self.status(of: forward) }
    var backStatus: RelayStatus.Direction { Self.status(of: back) }
    var noiseStatus: RelayStatus.Noise { hop.counters }
    var queueStatus: RelayStatus.Queue { .init(packets: queue.count, bytes: queue.bytes) }

    private static func line(_ direction: LinkDirection) -> WritableKeyPath<Self, FaultLine> {
        direction == .forward ? \.forward : \.back
    }

    private static func status(of line: FaultLine) -> RelayStatus.Direction {
        .init(faults: line.faults, received: line.received, fates: line.fates)
    }

    private static func channel(_ settings: RelaySettings) -> AWGNChannel {
        AWGNChannel(snrDB: settings.snrDecibels, seed: settings.seed)
    }
}
