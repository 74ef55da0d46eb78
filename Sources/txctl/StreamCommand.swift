import ArgumentParser
import Basics
import ControlAPI
import Foundation

struct StreamCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stream",
        abstract: "Sends a face video: the first picture whole, and of all others what has changed.",
        discussion: """
            SOURCE is a folder of pictures in the order of their names, a file of Motion JPEG, a camera such as /dev/video0 \
            (read by ffmpeg), or `-`: JPEG or PNG files one after the other on standard input. The first picture is inverted \
            and edited as by `submit`; frames follow once the receiver has it. Each is sent once; what the machine is too \
            slow for is dropped. The receiver's page shows the stream, and its results folder keeps it as \
            streams/ID.mjpeg.

            Example: txctl stream video/ --fps 8
            Example: ffmpeg -loglevel error -i talk.mp4 -r 8 -f mjpeg - | txctl stream - --sentence "make her smile"
            """
    )

    @OptionGroup var options: SocketOptions
    @Argument(help: "A folder, a .mjpeg file, a camera, or - for standard input.") var source: String
    @Option(help: "What to change in all of them, in English; nothing by default.") var sentence: String?
    @Option(help: "Frames a second that a folder or a file is played at.") var fps = 8.0
    @OptionGroup var submission: SubmissionOptions

    func validate() throws {
        guard fps > 0, fps <= 60 else { throw ValidationError("--fps must be above 0 and at most 60") }
        if let sentence, sentence.isEmpty { throw ValidationError("--sentence must say something") }
    }

    func run() async throws {
        let source = try FrameSource(source)
        var stream: StreamRecord?
        do {
            switch source {
            case .files(let count, let picture):
                stream = try await open(picture(0))
                if let stream {
                    try await play(count, picture, in: stream.id)
                }
            case .live(let pictures):
                for try await picture in pictures {
                    if let stream { try await send(picture, in: stream) } else { stream = try await open(picture) }
                }
            }
        } catch {
            if let stream { _ = try? await end(stream.id) }
            throw error
        }
        guard let stream else { throw Failure(status: .refused, message: "no picture came") }
        try report(try await end(stream.id))
    }

    /// Hands in the first picture.
    private func open(_ picture: [UInt8]) async throws -> StreamRecord {
        let query = submission.query(sentence: sentence)
        let stream: StreamRecord = try await options.client.ask(.POST, "/v1/streams\(query)", body: picture)
        if !options.json { Terminal.complain("stream \(stream.id)") }
        return stream
    }

    /// Waits until the receiver has the first picture, then sends the others at their times.
    private func play(_ count: Int, _ picture: (Int) throws -> [UInt8], in id: String) async throws {
        var bars = StageBars()
        try await options.client.watch(id) { if !options.json { bars.show($0) } }
        bars.finish()
        let began = ContinuousClock.now
        for number in 0..<count {
            let time = Double(number) / fps
            let late = (ContinuousClock.now - began).seconds - time
            // What has had its time is not sent any more.
            if late > 1 / fps { continue }
            try await Task.sleep(until: began + .seconds(time))
            let answer = try await send(picture(number), at: time, in: id)
            if !options.json { Terminal.progress("frame \(number + 1) of \(count): \(answer.fate.words)") }
        }
        if !options.json { Terminal.progress(nil) }
    }

    /// Sends a frame that has just come.
    private func send(_ picture: [UInt8], in stream: StreamRecord) async throws {
        let answer = try await send(picture, at: Date().timeIntervalSince(stream.created), in: stream.id)
        if !options.json { Terminal.progress("frame \(answer.number + 1): \(answer.fate.words)") }
    }

    private func send(_ picture: [UInt8], at seconds: Double, in id: String) async throws -> FrameAnswer {
        try await options.client.ask(
            .POST,
            "/v1/streams/\(id)/frames?at=\(UInt32(clamping: Int(max(0, seconds) * 1000)))",
            body: picture
        )
    }

    private func end(_ id: String) async throws -> StreamRecord {
        try await options.client.ask(.DELETE, "/v1/streams/\(id)")
    }

    private func report(_ stream: StreamRecord) throws {
        if options.json { return try Terminal.printJSON(stream) }
        print(Terminal.describe(stream))
        guard stream.frames[.sent, default: 0] > 0 else {
            throw Failure(status: .failed, message: "no frame was sent: \(stream.trouble ?? "see above")")
        }
    }
}

extension FrameFate {
    /// For people.
    var words: String {
        switch self {
        case .sent: "sent"
        case .starting: "the first picture is on its way"
        case .busy: "dropped: the one before is at work"
        case .noFace: "no face"
        }
    }
}

extension Terminal {
    /// A stream in a few lines.
    static func describe(_ stream: StreamRecord) -> String {
        let sent = stream.frames[.sent, default: 0]
        let fates = stream.frames.sorted { $0.value > $1.value }.map { "\($0.value) \($0.key.rawValue)" }
        var lines = ["\(stream.id)  \(stream.state.rawValue)", "  frames    \(fates.joined(separator: ", "))"]
        if sent > 0 {
            let (symbols, bits) = (stream.symbolsOnAir / sent, stream.sideInformationBits / sent)
            lines.append("  a frame   \(symbols) symbols on air with pilots, \(bits) bits of side information")
        }
        if let seconds = stream.encodingSeconds {
            lines.append("  work      \(decimals(seconds, 2)) s for the last frame")
        }
        if let snr = stream.snrDecibels { lines.append("  channel   \(decimals(snr, 1)) dB") }
        if let trouble = stream.trouble { lines.append("  trouble   \(trouble)") }
        return lines.joined(separator: "\n")
    }

    /// A line that the next one replaces; nil ends it. Where nobody looks, nothing.
    static func progress(_ line: String?) {
        guard isatty(STDERR_FILENO) != 0 else { return }
        FileHandle.standardError.write(Data((line.map { "\r\u{1B}[K\($0)" } ?? "\n").utf8))
    }
}
