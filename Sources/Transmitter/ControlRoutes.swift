import HTTPTypes
import Hummingbird
import NIOCore
import ServiceKit
import ServiceLifecycle

/// The control API, HTTP/JSON on the unix socket:
///
/// - `POST /v1/transfers?sentence=…[&face=N][&aligned=true][&symbols=N][&least_likeness=X]`, body: the photo file, `Idempotency-Key` if wanted → 201
///   and the record; 200 when the same was handed in before under the same key
/// - `GET /v1/status`, `GET /v1/transfers`, `GET /v1/transfers/ID`
/// - `GET /v1/transfers/ID/events` → server-sent events until the transfer is over
/// - `GET /v1/transfers/ID/pictures/aligned|inverted|edited` → PNG
/// - `DELETE /v1/transfers/ID` → cancels; 409 when it is over
///
/// Errors are `{"error": {"code": …, "message": …}}`.
public enum ControlRoutes {
    public static func router(queue: TransferQueue) -> Router<BasicRequestContext> {
        let router = Router()
        let transfers = router.group("v1/transfers")
        transfers.post { request, _ in
            let (record, isNew) = try await submit(request, to: queue)
            return try ControlJSON.response(record, status: isNew ? .created : .ok)
        }
        router.get("v1/status") { _, _ in try ControlJSON.response(await queue.status()) }
        transfers.get { _, _ in try ControlJSON.response(TransferList(transfers: await queue.all())) }
        transfers.get(":id") { _, context in
            try ControlJSON.response(try await queue.record(context.parameters.require("id")))
        }
        transfers.delete(":id") { _, context in
            try ControlJSON.response(try await queue.cancel(context.parameters.require("id")))
        }
        transfers.get(":id/events") { _, context in
            let updates = try await queue.updates(of: context.parameters.require("id"))
            return Response(
                status: .ok,
                headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
                body: ResponseBody { writer in
                    for await update in updates.cancelOnGracefulShutdown() {
                        try await writer.write(
                            ByteBuffer(bytes: Array("data: ".utf8) + ControlJSON.encode(update) + Array("\n\n".utf8))
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
            return Response(
                status: .ok,
                headers: [.contentType: "image/png"],
                body: .init(byteBuffer: ByteBuffer(bytes: bytes))
            )
        }
        return router
    }

    private static func submit(
        _ request: Request,
        to queue: TransferQueue
    ) async throws -> (record: TransferRecord, isNew: Bool) {
        let query = request.uri.queryParameters
        guard let sentence = query["sentence"], !sentence.isEmpty, sentence.utf8.count <= 1000 else {
            throw ControlError(
                status: .badRequest,
                code: "no_sentence",
                message: "the query needs a sentence of 1 to 1000 bytes"
            )
        }
        func number(_ name: String) throws -> Int? {
            guard let text = query[name[...]] else { return nil }
            guard let number = Int(text), number >= 0 else {
                throw ControlError(
                    status: .badRequest,
                    code: "bad_\(name)",
                    message: "\(name) must be 0 or more, not \(text)"
                )
            }
            return number
        }
        let face = try number("face")
        let symbols = try number("symbols")
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
        let key = HTTPField.Name("Idempotency-Key").flatMap { request.headers[$0] }
        if let key, !(1...200).contains(key.utf8.count) {
            throw ControlError(
                status: .badRequest,
                code: "bad_key",
                message: "Idempotency-Key must have 1 to 200 bytes"
            )
        }
        let limits = await queue.limits
        let photo: ByteBuffer
        do {
            photo = try await request.body.collect(upTo: limits.photoBytes)
        } catch is NIOTooManyBytesError {
            throw ControlError(
                status: .contentTooLarge,
                code: "photo_too_large",
                message: "the photo is larger than \(limits.photoBytes) bytes: send a smaller one"
            )
        }
        guard photo.readableBytes > 0 else {
            throw ControlError(
                status: .badRequest,
                code: "no_photo",
                message: "the body must be a photo: PNG, JPEG, WebP, HEIC or AVIF"
            )
        }
        return try await queue.submit(
            TransferSubmission(
                photo: Array(buffer: photo),
                sentence: String(sentence),
                face: face,
                aligned: query["aligned"] == "true",
                symbols: symbols,
                leastLikeness: leastLikeness,
                idempotencyKey: key
            )
        )
    }
}
