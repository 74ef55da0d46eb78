import DequeModule

/// A transmission as it arrived.
package struct ReceivedTransmission<Peer: Sendable>: Sendable {
    package var side: SideInformation
    /// `2 · side.symbolCount` reals I, Q, I, Q… in units of the nominal RMS; 0 where erased.
    package var samples: [Float]
    /// Per symbol on air.
    package var erased: [Bool]
    /// Where all of it came from: the report goes there.
    package var peer: Peer
    /// The key that the side information was sealed under: the report goes under the same one.
    package var keyIdentifier: UInt32

    package var erasedCount: Int { erased.count { $0 } }
}

extension ReceivedTransmission: Equatable where Peer: Equatable {}

/// Puts transmissions together from datagrams in any order.
///
/// A pure state machine: time comes in as an argument (monotonic, from any origin), transmissions come out when they
/// are complete or their deadline has passed. Data count only on the grid that authentic side information declares;
/// data that come before it are held for a while. Everything held is bounded.
///
/// Side information and samples belong together when they come from the same address: two transmitters may choose the
/// same stream id in the same second.
package struct SignalReassembler<Peer: Hashable & Sendable>: Sendable {
    package struct Limits: Sendable {
        /// Transmissions open at once.
        package var transmissions = 256
        /// Most reals of a transmission: those of the longest code that can be drawn.
        package var reals = 2 * SideInformation.maximumSymbols
        /// Bytes of samples, open and held.
        package var bytes = 64 << 20
        /// From the first authentic packet of a transmission to its end.
        package var deadline: Duration = .seconds(2)
        /// The same for a frame of a stream, which is of no use later.
        package var frameDeadline: Duration = .milliseconds(200)
        /// Data packets that wait for side information; the oldest make room.
        package var heldPackets = 4096
        package var heldFor: Duration = .seconds(2)
        /// Ended transmissions whose stragglers are recognised.
        package var remembered = 4096

        package init() {}
    }

    package enum Event: Sendable {
        case received(ReceivedTransmission<Peer>)
        /// Authentic side information of a transmission with more reals than `Limits.reals`: nothing is kept of it.
        case refused(SideInformation, peer: Peer, keyIdentifier: UInt32)
    }

    /// A stream of a peer and the second it started in: a transmission lasts at most one second.
    private struct Key: Hashable {
        var peer: Peer
        var streamID: UInt32
        var second: UInt32
    }

    private struct Open {
        var transmission: ReceivedTransmission<Peer>
        var missing: Int
        var deadline: Duration
        var bytes: Int { transmission.erased.count * 9 }
    }

    private struct Held {
        var key: Key
        var packet: DIFIDataPacket
        var until: Duration
        var bytes: Int { packet.samples.count * 2 + 64 }
    }

    package private(set) var counters = ReassemblyCounters()
    private var opener: PacketOpener
    private let limits: Limits
    private var open: [Key: Open] = [:]
    private var held = Deque<Held>()
    private var ended: Set<Key> = []
    private var endedInOrder = Deque<Key>()
    private var bytes = 0

    package init(opener: PacketOpener, limits: Limits = Limits()) {
        self.opener = opener
        self.limits = limits
    }

    /// Bytes of samples, open and held.
    var heldBytes: Int { bytes }

    /// The replay windows, to be kept over a restart.
    package var replaySnapshot: ReplaySnapshot { opener.snapshot }

    /// Continues with the replay windows of an earlier process.
    package mutating func restore(_ snapshot: ReplaySnapshot) {
        opener.restore(snapshot, of: .sideInformation)
    }

    /// From now on opens side information under these keys and no others.
    package mutating func accept(_ keys: [PreSharedKey]) {
        opener.accept(keys)
    }

    /// When `tick` has something to do next, if nothing arrives.
    package var nextDeadline: Duration? {
        let transmissions = open.values.lazy.map(\.deadline).min()
        return [transmissions, held.first?.until].compactMap { $0 }.min()
    }

    /// Takes a datagram.
    ///
    /// - Parameter now: not before that of any earlier call.
    package mutating func receive(_ datagram: [UInt8], from peer: Peer, at now: Duration) -> [Event] {
        var events = tick(at: now)
        switch WirePacketKind.classify(datagram) {
        case .data:
            if let packet = try? DIFIDataPacket(parsing: datagram) {
                events += place(packet, from: peer, at: now)
            } else {
                counters.count(.foreign)
            }
        case .sealed:
            events += unseal(datagram, from: peer, at: now)
        case .context: counters.count(.context)
        case .version: counters.count(.version)
        case nil: counters.count(.foreign)
        }
        return events
    }

    /// Ends what is due.
    package mutating func tick(at now: Duration) -> [Event] {
        while let oldest = held.first, oldest.until <= now { dropOldestHeld() }
        guard open.values.contains(where: { $0.deadline <= now }) else { return [] }
        let due = open.filter { $0.value.deadline <= now }.sorted { $0.value.deadline < $1.value.deadline }
        return due.compactMap { end($0.key) }
    }

    private mutating func unseal(_ datagram: [UInt8], from peer: Peer, at now: Duration) -> [Event] {
        do throws(SealError) {
            let opened = try opener.open(datagram)
            if opened.displacedSender { counters.sendersDisplaced += 1 }
            switch opened.content {
            case .sideInformation(let side): return begin(side, from: peer, under: opened.keyIdentifier, at: now)
            case .report: counters.count(.unexpected)
            }
        } catch {
            switch error {
            case .replayed: counters.count(.replayed)
            case .notAuthentic, .unknownKey: counters.count(.notAuthentic)
            case .malformed, .unsupportedVersion: counters.count(.foreign)
            case .invalidContent: counters.count(.unexpected)
            }
        }
        return []
    }

    private mutating func begin(
        _ side: SideInformation,
        from peer: Peer,
        under keyIdentifier: UInt32,
        at now: Duration
    ) -> [Event] {
        let key = Key(peer: peer, streamID: side.signalStreamID, second: side.startSecond)
        if let known = open[key] {
            counters.count(known.transmission.side == side ? .sideRepeated : .sideConflict)
            return []
        }
        guard !ended.contains(key) else {
            counters.count(.sideRepeated)
            return []
        }
        guard side.realCount <= limits.reals else {
            counters.count(.sideRefused)
            remember(key)
            return [.refused(side, peer: peer, keyIdentifier: keyIdentifier)]
        }
        let fresh = Open(
            transmission: ReceivedTransmission(
                side: side,
                samples: [Float](repeating: 0, count: 2 * side.symbolCount),
                erased: [Bool](repeating: true, count: side.symbolCount),
                peer: peer,
                keyIdentifier: keyIdentifier
            ),
            missing: side.symbolCount - Int(side.unsentCount),
            deadline: now + (side.frame == nil ? limits.deadline : min(limits.deadline, limits.frameDeadline))
        )
        guard open.count < limits.transmissions, bytes + fresh.bytes <= limits.bytes else {
            counters.count(.sideRefused)
            return []
        }
        counters.count(.sideAccepted)
        bytes += fresh.bytes
        open[key] = fresh
        var events: [Event] = []
        let waitingForIt = held.filter { $0.key == key }
        held.removeAll { $0.key == key }
        for waiting in waitingForIt {
            bytes -= waiting.bytes
            events += place(waiting.packet, from: peer, at: now)
        }
        return events
    }

    private mutating func place(_ packet: DIFIDataPacket, from peer: Peer, at now: Duration) -> [Event] {
        let key = Key(peer: peer, streamID: packet.streamID, second: packet.timestamp.seconds)
        guard let side = open[key]?.transmission.side else {
            if ended.contains(key) { counters.count(.dataLate) } else { hold(packet, key, at: now) }
            return []
        }
        let count = packet.samples.count / 2
        guard let first = packet.timestamp.sampleIndex(rate: side.sampleRate),
            first < UInt64(side.symbolCount), count <= side.symbolCount - Int(first)
        else {
            counters.count(.dataOffGrid)
            return []
        }
        let filled = fill(key, from: Int(first), with: packet.unitSamples)
        counters.count(filled > 0 ? .dataAccepted : .dataDuplicate)
        return open[key]?.missing == 0 ? [end(key)].compactMap { $0 } : []
    }

    /// Writes the samples where nothing was yet; returns how many were new.
    private mutating func fill(_ key: Key, from first: Int, with samples: [Float]) -> Int {
        guard var entry = open.removeValue(forKey: key) else { return 0 }  // taken out: changed in place, not copied
        var filled = 0
        for offset in 0..<samples.count / 2 where entry.transmission.erased[first + offset] {
            entry.transmission.erased[first + offset] = false
            entry.transmission.samples[2 * (first + offset)] = samples[2 * offset]
            entry.transmission.samples[2 * (first + offset) + 1] = samples[2 * offset + 1]
            filled += 1
        }
        entry.missing -= filled
        open[key] = entry
        return filled
    }

    private mutating func hold(_ packet: DIFIDataPacket, _ key: Key, at now: Duration) {
        let waiting = Held(key: key, packet: packet, until: now + limits.heldFor)
        while held.count > 0, held.count >= limits.heldPackets || bytes + waiting.bytes > limits.bytes {
            dropOldestHeld()
        }
        guard limits.heldPackets > 0, bytes + waiting.bytes <= limits.bytes else {
            counters.count(.dataDropped)
            return
        }
        counters.count(.dataHeld)
        bytes += waiting.bytes
        held.append(waiting)
    }

    private mutating func dropOldestHeld() {
        guard let oldest = held.popFirst() else { return }
        bytes -= oldest.bytes
        counters.count(.dataDropped)
    }

    /// What comes later of it is a straggler.
    private mutating func remember(_ key: Key) {
        ended.insert(key)
        endedInOrder.append(key)
        while endedInOrder.count > limits.remembered {
            if let oldest = endedInOrder.popFirst() { ended.remove(oldest) }
        }
    }

    private mutating func end(_ key: Key) -> Event? {
        guard let entry = open.removeValue(forKey: key) else { return nil }
        bytes -= entry.bytes
        remember(key)
        if entry.missing == 0 { counters.transmissionsComplete += 1 } else { counters.transmissionsPartial += 1 }
        counters.symbolsErased += UInt64(entry.missing)
        return .received(entry.transmission)
    }
}

extension SignalReassembler.Event: Equatable where Peer: Equatable {}
