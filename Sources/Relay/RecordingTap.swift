import Basics
import ControlAPI
import Foundation
import Logging
import ServiceKit
import Synchronization
import Wire

/// Writes the samples that pass one point of the relay to a SigMF recording.
///
/// Packets wait in a bounded stream for a thread that may block on the disk. Whatever goes wrong with the disk ends the
/// recording, never the forwarding.
final class RecordingTap: Sendable {
    /// Most packets that wait for the disk.
    static let backlog = 4096

    private let packets: AsyncStream<DIFIDataPacket>
    private let inlet: AsyncStream<DIFIDataPacket>.Continuation
    private let state: Mutex<RelayStatus.Recording>
    private let logger: Logger

    /// - Parameters:
    ///   - name: `before` or `after`.
    ///   - path: of the files, without `.sigmf-data` and `.sigmf-meta`.
    init(name: String, path: String, logger: Logger) {
        (packets, inlet) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.backlog))
        state = Mutex(RelayStatus.Recording(tap: name, path: path))
        self.logger = logger
    }

    var status: RelayStatus.Recording { state.withLock { $0 } }

    /// Records a datagram if it is a data packet with samples of the recording's kind; other data packets are counted. Does
    /// not wait.
    ///
    /// - Parameter isUsual: whether its samples have 16 bits and the recording's rate.
    func record(_ datagram: [UInt8], isUsual: Bool = true) {
        guard status.state == .recording, DIFISamplePacket.claims(datagram) else { return }
        guard isUsual, let packet = try? DIFIDataPacket(parsing: datagram) else {
            return state.withLock { $0.skipped += 1 }
        }
        if case .dropped = inlet.yield(packet) { state.withLock { $0.dropped += 1 } }
    }

    /// Ends the recording once what waits is written.
    func finish() {
        inlet.finish()
    }

    /// Writes until finished.
    ///
    /// - Parameters:
    ///   - disk: where all file operations run.
    ///   - open: opens the data file for writing; a test may hand in another.
    func run(
        _ recording: SigMFRecording,
        on disk: WorkThread,
        open: @escaping @Sendable (String) throws(FileError) -> SampleFile = SampleFile.init(creating:)
    ) async {
        let (path, tap) = (status.path, status.tap)
        var recording = recording
        var last = RelayStatus.Recording.State.finished
        do {
            let file = try await disk.run { [recording] _ in
                let file = try open("\(path).sigmf-data")
                try Self.writeMetadata(of: recording, path: path)
                return file
            }
            logger.info("recording", metadata: ["tap": "\(tap)", "path": "\(path)"])
            do {
                for await packet in packets {
                    guard recording.hasRoom(for: packet) else {
                        last = .full
                        break
                    }
                    try await disk.run { _ in try file.write(SigMFRecording.data(of: packet)) }
                    recording.append(packet)
                    state.withLock { $0.bytes += packet.samples.count * 2 }
                }
            } catch {
                last = .failed
                logger.error("recording \(path) stops, forwarding goes on: \(error)")
            }
            state.withLock { $0.state = last }
            finish()
            for await _ in packets {}  // what still waits is not wanted any more
            if last == .failed { try await makeRoom(for: &recording, in: file, on: disk) }
            try await disk.run { [recording] _ in
                try Self.writeMetadata(of: recording, path: path)
                try file.sync()
            }
        } catch {
            last = .failed
            logger.error("recording \(path) is not complete: \(error)")
        }
        state.withLock { $0.state = last }
        logger.info("recorded", metadata: ["tap": "\(tap)", "end": "\(last.rawValue)", "bytes": "\(status.bytes)"])
    }

    /// On a full disk the last samples make room for the metadata, which tell what the others are.
    private func makeRoom(for recording: inout SigMFRecording, in file: SampleFile, on disk: WorkThread) async throws {
        let room = try recording.metadata().count + 16_384  // and for what a file system takes beside
        let samples = max(0, recording.sampleCount - room / 4)
        try await disk.run { _ in try file.truncate(to: samples * 4) }
        recording.truncate(to: samples)
        state.withLock { $0.bytes = samples * 4 }
    }

    private static func writeMetadata(of recording: SigMFRecording, path: String) throws {
        try AtomicFile.write(recording.metadata(), to: "\(path).sigmf-meta")
    }
}
