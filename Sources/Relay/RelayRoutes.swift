import Basics
import ControlAPI
import Hummingbird
import NIOCore
import ServiceKit

/// The relay's control API, HTTP/JSON on the unix socket:
///
/// - `GET /v1/relay` → `RelayStatus`
/// - `PATCH /v1/relay`, body: `RelayChange` → `RelayStatus`
/// - `GET /v1/relay/profiles` → `LinkProfileList`
/// - `POST /v1/relay/profiles/NAME` → applies it; `RelayStatus`
///
/// Errors are `{"error": {"code": …, "message": …}}`.
enum RelayRoutes {
    /// Most bytes of a body.
    private static let bodyLimit = 65_536

    static func router(_ relay: RelayDaemon) -> Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        let routes = router.group("v1/relay").add(middleware: NoQuery())
        routes.get { _, _ in try Response.json(await relay.status) }
        routes.patch { request, _ in
            let change = try await change(in: request)
            do {
                return try Response.json(try await relay.apply(change))
            } catch let error as RelaySettingError {
                throw ControlError(status: .badRequest, code: "bad_setting", message: error.message)
            }
        }
        routes.get("profiles") { _, _ in try Response.json(LinkProfileList(profiles: await relay.profiles)) }
        routes.post("profiles/:name") { _, context in
            let name = try context.parameters.require("name")
            guard let status = await relay.apply(profile: name) else {
                let names = await relay.profiles.keys.sorted().joined(separator: ", ")
                throw ControlError(
                    status: .notFound,
                    code: "no_profile",
                    message: "there is no profile \"\(name)\": profiles are \(names.isEmpty ? "none" : names)"
                )
            }
            return try Response.json(status)
        }
        return router
    }

    private static func change(in request: Request) async throws -> RelayChange {
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: bodyLimit)
        } catch is NIOTooManyBytesError {
            throw ControlError(
                status: .contentTooLarge,
                code: "body_too_large",
                message: "the body is larger than \(bodyLimit) bytes"
            )
        }
        do {
            return try DatedJSON.decode(RelayChange.self, from: Array(buffer: body))
        } catch {
            let detail =
                switch error as? DecodingError {
                case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
                    .dataCorrupted(let context):
                    context.debugDescription
                default: "it cannot be read"
                }
            throw ControlError(
                status: .badRequest,
                code: "bad_change",
                message: "the body must be JSON such as {\"snr_db\": 3, \"forward\": {\"loss\": 0.2}}: \(detail)"
            )
        }
    }
}
