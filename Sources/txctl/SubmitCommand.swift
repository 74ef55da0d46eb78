import ArgumentParser
import Basics
import ControlAPI
import Foundation

struct SubmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Hands a photo and a sentence to the transmitter.",
        discussion: """
            Prints the transfer's id (with --wait: how it ended). Once that is printed, the transfer is on disk and \
            survives crashes of the daemon. --wait also shows what the sentence was taken for: each edit, and the words \
            that it came from. They are made in the sentence's order.

            What --output writes is the edited picture as it was sent. The received one lies at the receiver; --wait says \
            where. Ctrl-C ends the waiting, not the transfer. `-` as the photo reads standard input. A sentence that \
            begins with a dash comes after `--`.

            Example: txctl submit docs/images/astronaut.png "give her a bigger smile" --wait --output sent.png
            """
    )

    @OptionGroup var options: SocketOptions
    @Argument(help: "A photo with a face in it: PNG, JPEG, WebP, HEIC or AVIF.") var photo: String
    @Argument(help: "What to change, in English: one edit, or several.") var sentence: String
    @Flag(help: "Show progress and wait until the transfer is over.") var wait = false
    @Option(help: "Where the edited picture as sent goes, as PNG. Needs --wait.") var output: String?
    @OptionGroup var submission: SubmissionOptions
    @Option(
        help: ArgumentHelp(
            "Least likeness, -1 to 1, at which the picture is sent; 0.363 is the least that passes for one person.",
            valueName: "cosine"
        )
    )
    var leastLikeness: Double?
    @Option(
        help: "A name for this submission, at most 200 bytes: sending it twice makes one transfer."
    )
    var idempotencyKey: String?
    @Option(help: "Most seconds to wait. The transfer goes on afterwards.") var timeout: Double?

    func validate() throws {
        if output != nil, !wait { throw ValidationError("--output needs --wait") }
        if timeout != nil, !wait { throw ValidationError("--timeout needs --wait") }
        if let idempotencyKey, !(1...200).contains(idempotencyKey.utf8.count) {
            throw ValidationError("--idempotency-key must have 1 to 200 bytes")
        }
        if let leastLikeness, !(-1...1).contains(leastLikeness) {
            throw ValidationError("--least-likeness must be -1 to 1")
        }
    }

    func run() async throws {
        if let output { try AtomicFile.checkWritable(output) }
        let bytes = try AtomicFile.read(photo == "-" ? "/dev/stdin" : photo, limit: 1 << 30, anyKind: true)
        var query = submission.query(sentence: sentence)
        if let leastLikeness { query += "&least_likeness=\(leastLikeness)" }
        let record: TransferRecord = try await options.client.ask(
            .POST,
            "/v1/transfers\(query)",
            body: bytes,
            headers: idempotencyKey.map { ["Idempotency-Key": $0] } ?? [:]
        )
        guard wait else {
            if options.json { try Terminal.printJSON(record) } else { print(record.id) }
            return
        }
        if !options.json {
            let asked = record.requests?.map(\.description) ?? [record.request]
            Terminal.complain("transfer \(record.id): \(Terminal.plain(asked.joined(separator: "; ")))")
        }
        try await watchToTheEnd(record.id, options: options, timeout: timeout, output: output)
    }
}

extension String {
    /// Escaped for the value of a query.
    var percentEncoded: String {
        let plain = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
        return addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }
}

/// Shows a transfer's progress until it is over, then prints the record.
///
/// - Throws: `Failure` when it did not end acknowledged.
func watchToTheEnd(_ id: String, options: SocketOptions, timeout: Double?, output: String? = nil) async throws {
    let client = options.client
    let id = try await client.ask(.GET, "/v1/transfers/\(id.percentEncoded)", as: TransferRecord.self).id
    let interrupt = Interrupt {
        Terminal.complain("\ntransfer \(id) goes on: `txctl watch \(id)` shows it, `txctl cancel \(id)` ends it")
    }
    defer { interrupt.end() }
    let isOver = try await withThrowingTaskGroup(of: Bool.self) { group in
        group.addTask {
            var bars = StageBars()
            try await client.watch(id) { bars.show($0) }
            bars.finish()
            return true
        }
        if let timeout {
            group.addTask {
                try await Task.sleep(for: .seconds(timeout))
                return false
            }
        }
        let first = try await group.next() ?? false
        group.cancelAll()
        return first
    }
    guard isOver else {
        throw Failure(
            status: .expired,
            message: "transfer \(id) is not over after the timeout and goes on: `txctl watch \(id)`"
        )
    }
    let record: TransferRecord = try await client.ask(.GET, "/v1/transfers/\(id)")
    guard record.state.isFinal else {
        throw Failure(
            status: .noDaemon,
            message: "the daemon stopped; transfer \(id) goes on when it is started again: `txctl watch \(id)`"
        )
    }
    if options.json { try Terminal.printJSON(record) } else { print(Terminal.describe(record)) }
    // A transfer that failed before it was edited has no picture, and says so below.
    if let output, record.signal != nil || record.state == .acknowledged {
        let picture = try await client.bytes(.GET, "/v1/transfers/\(id)/pictures/edited")
        try AtomicFile.write(picture, to: output, mode: 0o666)
    }
    if let likeness = record.likeness, likeness.isPoor {
        Terminal.complain("warning: \(likeness.verdict); --least-likeness keeps such pictures from being sent")
    }
    for doubt in Terminal.doubts(of: record) { Terminal.complain("warning: \(doubt)") }
    switch record.state {
    case .acknowledged: return
    case .expired:
        throw Failure(
            status: .expired,
            message: "transfer \(id) expired: no receiver acknowledged it; check that snr-relay and rx-daemon run"
        )
    default:
        throw Failure(
            status: .failed,
            message: "transfer \(id) \(record.state.rawValue): \(record.failure?.message ?? "")"
        )
    }
}

/// Says something on Ctrl-C and ends the program then.
private final class Interrupt: @unchecked Sendable {
    // Dispatch's sources may be used from any thread; their protocol does not say so.
    private let source: any DispatchSourceSignal

    init(_ farewell: @escaping @Sendable () -> Void) {
        signal(SIGINT, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        source.setEventHandler {
            farewell()
            // As a shell has it for a program that SIGINT ended.
            Foundation.exit(128 + SIGINT)
        }
        source.activate()
    }

    func end() {
        source.cancel()
        signal(SIGINT, SIG_DFL)
    }
}
