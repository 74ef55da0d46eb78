import Foundation
import NIOCore
import ServiceKit
import Synchronization
import Wire

/// A receiver for tests: puts transmissions together with the real reassembler and answers as it is told.
actor TestReceiver {
    private static let restarts = Atomic(0)
    nonisolated let socket: DatagramSocket
    private(set) var transmissions: [ReceivedTransmission<SocketAddress>] = []
    private var reassembler: SignalReassembler<SocketAddress>
    private var sealer: PacketSealer
    private let sides: SeenSides?
    private let answer: @Sendable (Int) -> TransferReport.Status?
    private let began = ContinuousClock.now
    private var task: Task<Void, Never>?

    /// - Parameters:
    ///   - sides: remembers what is said of each transmission.
    ///   - answer: the status to report for the nth transmission, counted from 1; nil for silence.
    init(
        key: PreSharedKey,
        sides: SeenSides? = nil,
        answer: @escaping @Sendable (Int) -> TransferReport.Status?
    ) async throws {
        self.sides = sides
        socket = try await DatagramSocket.bind(try Endpoint("127.0.0.1:0").orThrow())
        reassembler = SignalReassembler(opener: PacketOpener(keys: [key]))
        // A receiver that is made anew goes on above what it used before.
        let restarts = Self.restarts.add(1, ordering: .relaxed).newValue
        sealer = PacketSealer(key: key, senderID: 99, firstSequence: UInt64(restarts) << 32)
        self.answer = answer
    }

    func start() {
        task = Task {
            for await datagram in socket.datagrams { take(datagram) }
        }
    }

    func stop() async {
        await socket.close()
        await task?.value
    }

    private func take(_ datagram: DatagramSocket.Datagram) {
        let now = ContinuousClock.now - began
        for case .received(let transmission) in reassembler.receive(datagram.bytes, from: datagram.source, at: now) {
            transmissions.append(transmission)
            sides?.all.withLock { $0.append(transmission.side) }
            guard let status = answer(transmissions.count) else { continue }
            guard
                let report = try? TransferReport(
                    transferID: transmission.side.transferID,
                    attempt: transmission.side.attempt,
                    status: status,
                    isDraft: transmission.side.isDraft,
                    estimatedSNRDB: 12.5,
                    symbolsExpected: UInt32(transmission.erased.count),
                    symbolsErased: 3,
                    resultDigest: [UInt8](repeating: 0xAB, count: 32),
                    note: "as told"
                )
            else { continue }
            try? socket.send(
                sealer.seal(report, streamID: 7, at: DIFITimestamp(seconds: 1, picoseconds: 0)),
                to: transmission.peer
            )
        }
    }
}

/// What was said of all transmissions, in their order.
final class SeenSides: Sendable {
    let all = Mutex<[SideInformation]>([])
}

struct Missing: Error {}

extension Optional {
    /// The value, for tests' helpers in which `#require` is not at hand.
    func orThrow() throws -> Wrapped {
        guard let self else { throw Missing() }
        return self
    }
}
