import ControlAPI
import Foundation
import HTTPTypes
import Hummingbird
import ServiceKit

/// What the console answers, all behind `ConsoleGate`:
///
/// - `GET /`, `GET /NAME.js`, `GET /console.css` → the page
/// - `GET /login[?token=…]`, `POST /login` with `token=…` → the cookie that opens it
/// - `/api/tx/v1/…`, `/api/relay/v1/…`, `/api/rx/v1/…` → the daemons' own APIs
enum ConsoleRoutes {
    static func router(_ configuration: ConsoleConfiguration, token: ConsoleToken) -> Router<BasicRequestContext> {
        let router = Router()
        let hosts = Set(["127.0.0.1", "localhost", "::1"] + configuration.hosts.map { $0.lowercased() })
        router.add(middleware: ConsoleGate(token: token, hosts: hosts))
        for asset in ConsolePage.assets {
            router.get(RouterPath(asset.path)) { _, _ in Response.file(asset.bytes, type: asset.type) }
        }
        router.get("login") { request, _ in
            let query = try QueryParameters(of: request, known: ["token"])
            guard let given = query["token"] else { return login(isWrong: false) }
            return open(given, token)
        }
        router.post("login") { request, _ in
            let form = String(buffer: try await request.body.collect(upTo: 1024))
            guard form.hasPrefix("token=") else { return login(isWrong: true) }
            return open(form.dropFirst(6).trimmingCharacters(in: CharacterSet(charactersIn: " +\r\n")), token)
        }
        let daemons = [
            DaemonProxy(
                "tx",
                ControlClient(socket: configuration.transmitter),
                methods: [.get, .post, .delete],
                bodyBytes: configuration.photoBytes
            ),
            configuration.relay.map {
                DaemonProxy("relay", ControlClient(socket: $0, daemon: "snr-relay"), methods: [.get, .patch, .post])
            },
            configuration.receiver.map {
                DaemonProxy("rx", ControlClient(socket: $0, daemon: "rx-daemon"), methods: [.get])
            },
        ]
        for daemon in daemons.compactMap(\.self) {
            for method in daemon.methods {
                router.on("api/\(daemon.name)/**", method: method) { request, _ in try await daemon.pass(request) }
            }
        }
        return router
    }

    /// The page for who has the token; the question for it again for who has not.
    private static func open(_ given: String, _ token: ConsoleToken) -> Response {
        guard token.matches(given) else { return login(isWrong: true) }
        var response = Response(status: .seeOther, headers: [.location: "/"])
        response.setCookie(
            Cookie(
                name: ConsoleGate.cookie,
                value: token.text,
                maxAge: 30 * 86400,
                path: "/",
                secure: false,
                httpOnly: true,
                sameSite: .strict
            )
        )
        return response
    }

    private static func login(isWrong: Bool) -> Response {
        .file(
            isWrong ? ConsolePage.loginAgain : ConsolePage.login,
            type: ConsolePage.html,
            status: isWrong ? .unauthorized : .ok
        )
    }
}
