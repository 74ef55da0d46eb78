import Glibc

/// Watches over one decoding: counts its processor time, and lets others in at its checkpoints.
final class DecodeWatch {
    private let checkpoint: () throws -> Void
    private let seconds: Double
    private let began = DecodeWatch.processorTime
    /// Processor time that the checkpoints themselves have taken.
    private var elsewhere = 0.0
    /// Why the decoding was told to end.
    private(set) var stopped: PictureError?

    /// - Parameters:
    ///   - seconds: of processor time; more are too many.
    ///   - checkpoint: called often; what it throws ends the decoding.
    init(seconds: Double, checkpoint: @escaping () throws -> Void) {
        self.seconds = seconds
        self.checkpoint = checkpoint
    }

    /// Whether the decoding must end.
    func isOver() -> Bool {
        if stopped != nil { return true }
        let now = Self.processorTime
        if now - began - elsewhere > seconds {
            stopped = .tooLong(seconds: seconds)
            return true
        }
        do {
            try checkpoint()
        } catch {
            stopped = .interrupted
        }
        elsewhere += Self.processorTime - now
        return stopped != nil
    }

    /// Throws why the decoding was told to end, if it was.
    func check() throws(PictureError) {
        if isOver(), let stopped { throw stopped }
    }

    /// Seconds that this thread has worked.
    private static var processorTime: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
