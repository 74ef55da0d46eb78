import ArgumentParser
import Basics
import ControlAPI
import Foundation

struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Edits a face sentence by sentence: each is sent, and the next goes on from it.",
        discussion: """
            The photo is inverted once, at the first sentence. Every sentence makes a transfer. "undo", "redo", "a bit more", \
            "less", "the same again" and "back to the photo" speak of the edits before. Commands:

              list        what was said and what came of it; > marks where the next sentence begins
              save FILE   the latest picture as it was sent, as PNG
              help, quit

            At a terminal lines are edited, the arrow keys bring back earlier ones, and the tabulator completes words. \
            Without one, sentences are read line by line, and the first that fails ends it. The conversation survives \
            restarts: `--session` takes it up again, and also a transfer of `txctl submit`.

            Example: txctl chat docs/images/astronaut.png
            Example: txctl chat --session 3f0a3b0e
            Example: printf 'make her smile\\na bit more\\nundo\\n' | txctl chat docs/images/astronaut.png
            """
    )

    @OptionGroup var options: SocketOptions
    @Argument(help: "A photo with a face in it: PNG, JPEG, WebP, HEIC or AVIF.") var photo: String?
    @Option(help: "A conversation to go on with, or a transfer, by its id or its first characters.") var session:
        String?
    @Option(help: "Folder where each picture, as it was sent, is saved as TURN.png.") var pictures: String?
    @OptionGroup var submission: SubmissionOptions

    /// What the tabulator completes.
    private static let words = [
        "again", "back to the photo", "bangs", "beard", "bigger", "bit", "eyeglasses", "fringe", "glasses", "help",
        "less",
        "list", "little", "look", "make her", "make him", "more", "older", "quit", "redo", "remove", "save", "shorter",
        "slightly", "smile", "smiling", "take off", "the same again", "undo", "years", "younger",
    ]

    func validate() throws {
        guard (photo == nil) != (session == nil) else {
            throw ValidationError("give a photo to begin with, or --session to go on with one")
        }
        if photo == nil, !submission.isEmpty {
            throw ValidationError(
                "--face, --aligned, --symbols, --mode and --once are those that the session began with"
            )
        }
    }

    func run() async throws {
        let bytes = try photo.map { try AtomicFile.read($0, limit: 1 << 30, anyKind: true) }
        var talk = Conversation(client: options.client, pictures: pictures)
        if let session {
            talk.id = try await talk.record(of: session).id
            try await talk.list()
        } else {
            // Nobody types a sentence for a daemon that is not there.
            _ = try await options.client.ask(.GET, "/v1/status", as: TransmitterStatus.self)
        }
        let editor = LineEditor(words: Self.words, history: Self.history)
        defer { editor.finish() }
        while let line = editor.line(prompt: "> ") {
            let sentence = line.trimmingCharacters(in: .whitespacesAndNewlines)
            if sentence.isEmpty { continue }
            if ["quit", "exit", "bye"].contains(sentence.lowercased()) { break }
            do {
                try await talk.take(sentence) {
                    try await options.client.ask(
                        .POST,
                        "/v1/sessions\(submission.query(sentence: sentence))",
                        body: bytes ?? []
                    )
                }
            } catch let error where isatty(0) == 1 && Self.isForPeople(error) {
                Terminal.complain("\((error as? Failure)?.message ?? "\(error)")")
            }
        }
        if let id = talk.id { Terminal.complain("goes on with: txctl chat --session \(id.prefix(8))") }
    }

    /// What a person mends with the next line; without a daemon there is none.
    private static func isForPeople(_ error: any Error) -> Bool {
        if let error = error as? ControlClientError { return ExitStatus(error.cause) != .noDaemon }
        return error is Failure || error is FileError
    }

    private static var history: String? {
        let environment = ProcessInfo.processInfo.environment
        let state = environment["XDG_STATE_HOME"] ?? environment["HOME"].map { "\($0)/.local/state" }
        return state.map { "\($0)/txctl/history" }
    }
}

/// What is said about one photo.
private struct Conversation {
    let client: ControlClient
    let pictures: String?
    /// Nil before the first sentence.
    var id: String?

    static let help = """
        Say what to change, such as "make her smile a little more", "no, less", "undo", "back to the photo".
        list · save FILE · help · quit
        """

    /// Does what a line asks for.
    ///
    /// - Parameter begin: hands in the photo with the first sentence.
    mutating func take(_ line: String, begin: () async throws -> TransferRecord) async throws {
        let words = line.split(separator: " ", maxSplits: 1).map(String.init)
        switch words[0].lowercased() {
        case "help" where words.count == 1, "?" where words.count == 1: print(Self.help)
        case "list" where words.count == 1: try await list()
        case "save" where words.count == 2 && words[1].lowercased().hasSuffix(".png"): try await save(to: words[1])
        case "save": throw Failure(status: .refused, message: "save FILE.png: the file's name is missing")
        default: try await say(line, begin: begin)
        }
    }

    private mutating func say(_ sentence: String, begin: () async throws -> TransferRecord) async throws {
        let record: TransferRecord
        if let id {
            record = try await client.ask(.POST, "/v1/sessions/\(id)/turns?sentence=\(sentence.percentEncoded)")
        } else {
            record = try await begin()
            id = record.session ?? record.id
        }
        let asked = record.requests?.map(\.description) ?? []
        Terminal.complain(Terminal.plain(asked.isEmpty ? record.request : asked.joined(separator: "; ")))
        var bars = StageBars()
        try await client.watch(record.id) { bars.show($0) }
        bars.finish()
        let done: TransferRecord = try await client.ask(.GET, "/v1/transfers/\(record.id)")
        print(Self.line(of: done))
        if let pictures, done.signal != nil {
            let turns = try await self.record(of: record.session ?? record.id).turns
            let number = (turns.firstIndex { $0.id == record.id } ?? 0) + 1
            try FileManager.default.createDirectory(atPath: pictures, withIntermediateDirectories: true)
            try await save(record.id, to: "\(pictures)/\(number).png")
        }
        for doubt in Terminal.doubts(of: done) { Terminal.complain("warning: \(doubt)") }
        guard done.state == .acknowledged else {
            throw Failure(
                status: done.state == .expired ? .expired : .failed,
                message: "transfer \(done.id) \(done.state.rawValue): \(done.failure?.message ?? "see txctl status")"
            )
        }
    }

    /// A conversation, by its id or the beginning of it.
    func record(of id: String) async throws -> SessionRecord {
        try await client.ask(.GET, "/v1/sessions/\(id.percentEncoded)")
    }

    /// All that was said.
    func list() async throws {
        guard let id else { return print("nothing was said yet") }
        let session = try await record(of: id)
        for (index, turn) in session.turns.enumerated() {
            let mark = turn.id == session.latest ? ">" : " "
            print("\(mark) \(index + 1)  \(Terminal.plain(turn.sentence))\n     \(Self.line(of: turn))")
        }
    }

    private func save(to path: String) async throws {
        guard let id else { throw Failure(status: .refused, message: "there is no picture yet: say what to change") }
        let session = try await record(of: id)
        guard let latest = session.latest else {
            throw Failure(status: .refused, message: "there is no picture yet: say what to change")
        }
        try await save(latest, to: path)
        print("wrote \(path)")
    }

    private func save(_ transfer: String, to path: String) async throws {
        let picture = try await client.bytes(.GET, "/v1/transfers/\(transfer)/pictures/edited")
        try AtomicFile.write(picture, to: path, mode: 0o666)
    }

    /// What became of a sentence, in a line.
    private static func line(of record: TransferRecord) -> String {
        let edits = (record.edits ?? []).map { edit in
            edit.doubt ?? "\(edit.attribute) \(edit.degreeBefore) → \(edit.degreeAfter)"
        }
        var parts = [edits.isEmpty ? record.request : edits.joined(separator: ", ")]
        switch record.state {
        case .acknowledged:
            let snr = record.reception.map { String(format: "received at %.1f dB", $0.snrDecibels) }
            let sent = record.signal.map { "\($0.reals) reals" }
            parts += [sent, snr, record.reception?.place.map { Terminal.plain($0) }].compactMap(\.self)
        case .failed: parts.append("failed: \(record.failure?.message ?? "")")
        default: parts.append(record.state.rawValue)
        }
        return parts.joined(separator: " · ")
    }
}
