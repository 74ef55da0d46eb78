import Basics
import Foundation
import ServiceKit
import ServiceLifecycle
import Wire

extension RelayDaemon {
    /// Writes the recordings until they end, and then waits for the shutdown.
    struct Recorder: Service {
        let relay: RelayDaemon

        func run() async throws {
            let disk = WorkThread(name: "recordings")
            defer { disk.stop() }
            await withTaskGroup { tasks in
                for (tap, recording) in await relay.recordings {
                    tasks.addTask { await tap.run(recording, on: disk) }
                }
            }
            try? await gracefulShutdown()
        }
    }

    func openTaps() throws {
        guard let settings = configuration.recording else { return }
        try AtomicFile.makeDirectory(settings.directory)
        let time = Date.now.formatted(.iso8601).filter { !"-:".contains($0) }
        let name = "\(settings.directory)/\(time)-\(getpid())"
        for tap in settings.taps {
            taps[tap] = RecordingTap(name: tap.rawValue, path: "\(name)-\(tap.rawValue)", logger: logger)
        }
    }

    private var recordings: [(RecordingTap, SigMFRecording)] {
        taps.map { tap, recorder in
            let recording = SigMFRecording(
                sampleRate: UInt32(configuration.sampleRate),
                description: "Data packets \(tap.rawValue) the channel",
                byteLimit: configuration.recording?.bytes ?? 0
            )
            return (recorder, recording)
        }
    }
}
