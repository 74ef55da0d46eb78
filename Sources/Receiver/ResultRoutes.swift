import Basics
import ControlAPI
import Foundation
import Hummingbird
import NIOCore
import ServiceKit
import ServiceLifecycle

/// What has arrived, read-only, HTTP/JSON on the unix socket `results_socket`:
///
/// - `GET /v1/status` → `ReceiverStatus`
/// - `GET /v1/receptions[?limit=N]` → `{"receptions": [transfer.json, …]}`, the latest first
/// - `GET /v1/receptions/ID` → transfer.json
/// - `GET /v1/receptions/ID/picture` → PNG
/// - `GET /v1/receptions/ID/signal` → `ReceivedSignal`
/// - `GET /v1/streams`, `GET /v1/streams/ID` → `StreamReception`
/// - `GET /v1/streams/ID/picture` → the one shown last, JPEG
/// - `GET /v1/streams/ID/live` → every picture as it is shown, `multipart/x-mixed-replace`, until the stream is over
///
/// Errors are `{"error": {"code": …, "message": …}}`.
enum ResultRoutes {
    /// Most receptions in one answer, and how many without a word.
    private static let most = 500, usual = 50

    private static let boundary = "picture"

    static func router(
        _ receiver: TransferReceiver,
        _ player: StreamPlayer,
        readiness: Readiness
    ) -> Router<BasicRequestContext> {
        let started = Date()
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.get("v1/receptions") { request, _ in
            let limit = try QueryParameters(of: request, known: ["limit"]).count("limit") ?? usual
            return try Response.json(ReceptionList(receptions: await receiver.results(most: min(limit, most))))
        }
        let plain = router.group("v1").add(middleware: NoQuery())
        plain.get("status") { _, _ in
            try Response.json(
                ReceiverStatus(
                    pid: getpid(),
                    started: started,
                    receptions: await receiver.resultCount,
                    troubles: readiness.complaints
                )
            )
        }
        plain.get("receptions/:id") { _, context in
            try Response.json(try await receiver.result(of: id(in: context)))
        }
        plain.get("receptions/:id/picture") { _, context in
            Response.file(try await receiver.file("picture.png", of: id(in: context)), type: "image/png")
        }
        plain.get("receptions/:id/signal") { _, context in
            Response.file(try await receiver.file("signal.json", of: id(in: context)), type: "application/json")
        }
        plain.get("streams") { _, _ in try Response.json(StreamReceptionList(streams: await player.all())) }
        plain.get("streams/:id") { _, context in try Response.json(try await player.record(id(in: context))) }
        plain.get("streams/:id/picture") { _, context in
            Response.file(try await player.picture(of: id(in: context)), type: "image/jpeg")
        }
        plain.get("streams/:id/live") { _, context in
            let pictures = try await player.pictures(of: id(in: context))
            return Response(
                status: .ok,
                headers: [
                    .contentType: "multipart/x-mixed-replace; boundary=\(boundary)", .cacheControl: "no-store",
                ],
                body: ResponseBody { writer in
                    for await picture in pictures.cancelOnGracefulShutdown() {
                        let head =
                            "--\(boundary)\r\nContent-Type: image/jpeg\r\nContent-Length: \(picture.count)\r\n\r\n"
                        try await writer.write(ByteBuffer(bytes: Array(head.utf8) + picture + Array("\r\n".utf8)))
                    }
                    try await writer.write(ByteBuffer(string: "--\(boundary)--\r\n"))
                    try await writer.finish(nil)
                }
            )
        }
        return router
    }

    private static func id(in context: BasicRequestContext) throws -> UUID {
        let text = try context.parameters.require("id")
        guard let id = UUID(uuidString: text) else {
            throw ControlError(status: .badRequest, code: "bad_id", message: "\"\(text)\" is no transfer's id, a UUID")
        }
        return id
    }
}

/// The answer of `GET /v1/receptions`.
package struct ReceptionList: Codable, Sendable {
    package let receptions: [ReceivedTransfer]
}

/// The answer of the receiver's `GET /v1/status`.
package struct ReceiverStatus: Codable, Sendable, Equatable {
    package let pid: Int32
    package let started: Date
    /// How many transfers there are records of.
    package let receptions: Int
    /// What is not well, such as a full disk.
    package let troubles: [String]
}
