import Basics
import ControlAPI
import HTTPTypes
import Hummingbird
import NIOCore
import SemanticCoding
import ServiceKit
import ServiceLifecycle

/// The control API, HTTP/JSON on the unix socket:
///
/// - `POST /v1/transfers?sentence=…[&face=N][&aligned=true][&symbols=N][&least_likeness=X][&mode=M][&once=true]`, body: the photo file,
///   `Idempotency-Key` if wanted → 201 and the record; 200 when the same was handed in before under the same key
/// - `POST /v1/sessions?…`: the same, and sentences may follow
/// - `POST /v1/sessions/ID/turns?sentence=…`, `Idempotency-Key` if wanted → 201 and the record of a transfer of the same photo,
///   edited further; the sentence may be such as `undo`, `redo`, `a bit more`
/// - `GET /v1/sessions`, `GET /v1/sessions/ID`
/// - `POST /v1/streams?[sentence=…]…`: as of `/v1/transfers`, and frames may follow → 201 and the stream's record
/// - `POST /v1/streams/ID/frames?at=MILLISECONDS`, body: a picture → what became of it
/// - `GET /v1/streams`, `GET /v1/streams/ID`, `DELETE /v1/streams/ID` → ends it
/// - `GET /v1/status`, `GET /v1/transfers`, `GET /v1/transfers/ID`
/// - `GET /v1/transfers/ID/events` → server-sent events until the transfer is over, a comment every 15 s
/// - `GET /v1/transfers/ID/pictures/aligned|inverted|edited` → PNG
/// - `DELETE /v1/transfers/ID` → cancels; 409 when it is over
///
/// ID may be shortened to its first characters, as long as they fit one transfer alone. Parameters that a route does not
/// know, or that come twice, are refused with 400. Errors are `{"error": {"code": …, "message": …}}`.
enum ControlRoutes {
    /// - Parameters:
    ///   - uploads: takes the photos in.
    ///   - health: knows the daemon's state.
    ///   - heartbeat: between two comments in a sequence of events.
    static func router(
        queue: TransferQueue,
        streams: FrameStreams,
        uploads: PhotoUploads,
        health: TransmitterHealth,
        heartbeat: Duration = .seconds(15)
    ) -> Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.post("v1/transfers") { request, _ in
            try answer(
                await submitted(request, to: queue, by: uploads, kind: .transfer) { try await queue.submit($0) }
            )
        }
        router.post("v1/sessions") { request, _ in
            try answer(await submitted(request, to: queue, by: uploads, kind: .session) { try await queue.submit($0) })
        }
        router.post("v1/sessions/:id/turns") { request, context in
            let sentence = try sentence(in: QueryParameters(of: request, known: ["sentence"]))
            return try answer(
                await queue.say(
                    sentence,
                    in: context.parameters.require("id"),
                    idempotencyKey: idempotencyKey(of: request)
                )
            )
        }
        router.post("v1/streams") { request, _ in
            try answer(await submitted(request, to: queue, by: uploads, kind: .stream) { try await streams.open($0) })
        }
        router.post("v1/streams/:id/frames") { request, context in
            let query = try QueryParameters(of: request, known: ["at"])
            let milliseconds = UInt32(clamping: try query.count("at") ?? 0)
            let id = try context.parameters.require("id")
            let most = min(await queue.limits.photoBytes, FrameStreams.mostBytes)
            let answer = try await uploads.withPhoto(request.body, most: most) {
                try await streams.send($0, at: milliseconds, in: id)
            }
            return try Response.json(answer)
        }
        let plain = router.group().add(middleware: NoQuery())
        plain.get("v1/streams") { _, _ in try Response.json(StreamList(streams: await streams.all())) }
        plain.get("v1/streams/:id") { _, context in
            try Response.json(try await streams.record(context.parameters.require("id")))
        }
        plain.delete("v1/streams/:id") { _, context in
            try Response.json(try await streams.end(context.parameters.require("id")))
        }
        let transfers = plain.group("v1/transfers")
        plain.get("v1/sessions") { _, _ in try Response.json(SessionList(sessions: await queue.sessions())) }
        plain.get("v1/sessions/:id") { _, context in
            try Response.json(try await queue.session(context.parameters.require("id")))
        }
        plain.get("v1/status") { _, _ in try Response.json(await health.status(of: queue)) }
        transfers.get { _, _ in try Response.json(TransferList(transfers: await queue.all())) }
        transfers.get(":id") { _, context in
            try Response.json(try await queue.record(context.parameters.require("id")))
        }
        transfers.delete(":id") { _, context in
            try Response.json(try await queue.cancel(context.parameters.require("id")))
        }
        transfers.get(":id/events") { _, context in
            let updates = try await queue.updates(of: context.parameters.require("id"))
            return Response(
                status: .ok,
                headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
                body: ResponseBody { writer in
                    for await update in beating(updates, every: heartbeat).cancelOnGracefulShutdown() {
                        let line = try update.map { Array("data: ".utf8) + (try DatedJSON.encode($0)) }
                        try await writer.write(
                            ByteBuffer(bytes: (line ?? Array(": still here".utf8)) + Array("\n\n".utf8))
                        )
                    }
                    try await writer.finish(nil)
                }
            )
        }
        transfers.get(":id/pictures/:stage") { _, context in
            let name = try context.parameters.require("stage")
            guard let stage = PictureStage(rawValue: name) else {
                throw ControlError(
                    status: .notFound,
                    code: "no_picture",
                    message:
                        "pictures are \(PictureStage.allCases.map(\.rawValue).joined(separator: ", ")), not \(name)"
                )
            }
            let bytes = try await queue.picture(of: context.parameters.require("id"), stage: stage)
            return Response.file(bytes, type: "image/png")
        }
        return router
    }

    /// The updates, and nil whenever it is time for a sign of life.
    static func beating(
        _ updates: AsyncStream<TransferUpdate>,
        every interval: Duration
    ) -> AsyncStream<TransferUpdate?> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: TransferUpdate?.self,
            bufferingPolicy: .bufferingNewest(16)
        )
        let pass = Task {
            for await update in updates { continuation.yield(update) }
            continuation.finish()
        }
        let beat = Task {
            while (try? await Task.sleep(for: interval)) != nil { continuation.yield(nil) }
        }
        continuation.onTermination = { _ in
            pass.cancel()
            beat.cancel()
        }
        return stream
    }

    /// What answers who hands in something.
    private static func answer(_ result: (record: some Encodable, isNew: Bool)) throws -> Response {
        try Response.json(result.record, status: result.isNew ? .created : .ok)
    }

    private static func sentence(in query: QueryParameters) throws(ControlError) -> String {
        guard let sentence = query["sentence"], !sentence.isEmpty, sentence.utf8.count <= 1000 else {
            throw ControlError(
                status: .badRequest,
                code: "no_sentence",
                message: "the query needs a sentence of 1 to 1000 bytes"
            )
        }
        return sentence
    }

    private static func idempotencyKey(of request: Request) throws(ControlError) -> String? {
        let key = HTTPField.Name("Idempotency-Key").flatMap { request.headers[$0] }
        if let key, !(1...200).contains(key.utf8.count) {
            throw ControlError(
                status: .badRequest,
                code: "bad_key",
                message: "Idempotency-Key must have 1 to 200 bytes"
            )
        }
        return key
    }

    /// What a photo is handed in for.
    private enum Kind {
        case transfer, session, stream
    }

    /// What becomes of a photo that is handed in.
    private static func submitted<Result: Sendable>(
        _ request: Request,
        to queue: TransferQueue,
        by uploads: PhotoUploads,
        kind: Kind,
        _ use: @Sendable (TransferSubmission) async throws -> Result
    ) async throws -> Result {
        let query = try QueryParameters(
            of: request,
            known: ["sentence", "face", "aligned", "symbols", "least_likeness", "mode", "once"]
        )
        // A stream may show the face as it is.
        let sentence = kind == .stream && query["sentence"] == nil ? "" : try sentence(in: query)
        let (face, symbols) = (try query.count("face"), try query.count("symbols"))
        let (aligned, once) = (try query.flag("aligned"), try query.flag("once"))
        let leastLikeness = try query["least_likeness"].map { text in
            guard let least = Double(text), (-1...1).contains(least) else {
                throw ControlError(
                    status: .badRequest,
                    code: "bad_least_likeness",
                    message: "least_likeness must be -1 to 1, not \(text)"
                )
            }
            return least
        }
        let mode = try query["mode"].map { text in
            guard let mode = SemanticMode(rawValue: text) else {
                let modes = SemanticMode.allCases.map(\.rawValue).joined(separator: ", ")
                throw ControlError(
                    status: .badRequest,
                    code: "bad_mode",
                    message: "mode must be one of \(modes), not \(text)"
                )
            }
            return mode
        }
        let key = try idempotencyKey(of: request)
        do {
            return try await uploads.withPhoto(request.body, most: await queue.limits.photoBytes) { photo in
                try await use(
                    TransferSubmission(
                        photo: photo,
                        sentence: sentence,
                        face: face,
                        aligned: aligned,
                        symbols: symbols,
                        leastLikeness: leastLikeness,
                        mode: mode,
                        once: once,
                        opensSession: kind == .session,
                        idempotencyKey: key
                    )
                )
            }
        } catch let error as ControlError where error.status.code == 507 {
            await queue.report(trouble: error.message)
            throw error
        }
    }
}
