import Channel
import ControlAPI
import ServiceKit

/// One direction of the link: decides when each packet leaves, and whether at all.
///
/// A pure state machine. Losses, copies, jitter and reordering depend on the seed, the direction and how many packets
/// came before, never on a clock; only the rate limit looks at the time, which is an argument.
struct FaultLine: Sendable {
    var faults: PacketFaults
    /// Packets received.
    private(set) var received = 0
    private(set) var fates: [PacketFate: Int] = [:]

    private let direction: LinkDirection
    private let sources: [UniformSource]
    private var index: UInt64 = 0
    private var isInBurst = false
    private var bucket = TokenBucket()

    /// What is drawn for each packet, each from a stream of its own.
    private enum Draw: UInt32, CaseIterable {
        case loss, burst, duplicate, reorder, jitter, jitterOfCopy
    }

    init(direction: LinkDirection, seed: UInt64, faults: PacketFaults = PacketFaults()) {
        self.direction = direction
        self.faults = faults
        let line: UInt32 = direction == .forward ? 0 : 1
        sources = Draw.allCases.map { UniformSource(seed: seed, stream: line << 8 | $0.rawValue) }
    }

    /// The same line with fates from another seed, from packet 0 on; what was counted stays.
    func reseeded(_ seed: UInt64) -> FaultLine {
        var line = FaultLine(direction: direction, seed: seed, faults: faults)
        line.received = received
        line.fates = fates
        line.bucket = bucket
        return line
    }

    /// Takes the next packet.
    ///
    /// - Parameter now: monotonic, from any origin.
    /// - Returns: how long each copy of it takes: none when it is lost, two when it is doubled.
    mutating func delays(ofPacketOf bytes: Int, at now: Duration) -> [Duration] {
        defer { index &+= 1 }
        received += 1
        let isLost = happens(.loss, isInBurst ? faults.burstLoss : faults.loss)
        isInBurst = isInBurst ? !happens(.burst, faults.burstLeave) : happens(.burst, faults.burstEnter)
        guard !isLost else {
            count(.lost)
            return []
        }
        let isDoubled = happens(.duplicate, faults.duplicate)
        if isDoubled { count(.duplicated) }
        let isHeldBack = happens(.reorder, faults.reorder)
        var delays: [Duration] = []
        for jitter in isDoubled ? [Draw.jitter, .jitterOfCopy] : [.jitter] {
            guard let wait = bucket.take(bytes, at: now, faults) else {
                count(.rateLimited)
                continue
            }
            var milliseconds = faults.delayMilliseconds
            if faults.jitterMilliseconds > 0 { milliseconds += faults.jitterMilliseconds * number(jitter) }
            if isHeldBack, jitter == .jitter {
                count(.heldBack)
                milliseconds += faults.reorderMilliseconds
            }
            delays.append(wait + .milliseconds(milliseconds))
        }
        return delays
    }

    /// Counts what became of a packet after this line.
    mutating func count(_ fate: PacketFate) {
        fates[fate, default: 0] += 1
    }

    private func number(_ draw: Draw) -> Double {
        sources[Int(draw.rawValue)].number(at: index)
    }

    private func happens(_ draw: Draw, _ probability: Double) -> Bool {
        probability > 0 && number(draw) < probability
    }
}
