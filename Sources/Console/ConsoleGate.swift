import ControlAPI
import HTTPTypes
import Hummingbird
import ServiceKit

/// Lets in who has the token, by a name of this host, from the page itself; and tells the browser to let nothing else in.
///
/// - The `Host` must be a name of this host: a foreign name that leads here (DNS rebinding) opens nothing.
/// - What changes something must come from a page of the same origin, or with the token itself in `Authorization`.
/// - The cookie is `HttpOnly` and `SameSite=Strict`.
struct ConsoleGate: RouterMiddleware {
    typealias Context = BasicRequestContext

    static let cookie = "deepsc-console"
    /// What anybody may see: how to come in.
    private static let open = ["/login", "/console.css", "/icon.svg"]

    let token: ConsoleToken
    /// Names of this host.
    let hosts: Set<String>

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            try check(request)
            response = try await next(request, context)
        } catch let error as any HTTPResponseError {
            response = try error.response(from: request, context: context)
        }
        for (name, value) in Self.headers { response.headers[name] = value }
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        return response
    }

    /// - Throws: `ControlError` for a request that is not let in.
    private func check(_ request: Request) throws(ControlError) {
        guard let authority = request.head.authority, hosts.contains(Self.host(of: authority)) else {
            throw ControlError(
                status: .misdirectedRequest,
                code: "bad_host",
                message:
                    "this console is not called \(request.head.authority ?? "that"): see hosts in its configuration"
            )
        }
        let isOpen = Self.open.contains(request.uri.path)
        if let bearer = request.headers[.authorization], bearer.hasPrefix("Bearer ") {
            if isOpen || token.matches(String(bearer.dropFirst(7))) { return }
        } else {
            if request.method != .get {
                let origin = request.headers[.origin]
                guard let origin, ["http://\(authority)", "https://\(authority)"].contains(origin) else {
                    throw ControlError(
                        status: .forbidden,
                        code: "bad_origin",
                        message: "only the console's own page may do this, not one of \(origin ?? "no origin")"
                    )
                }
            }
            if isOpen || request.cookies[Self.cookie].map({ token.matches($0.value) }) == true { return }
        }
        throw ControlError(
            status: .unauthorized,
            code: "no_token",
            message: "the console's token is missing or wrong: open /login"
        )
    }

    /// The name in `name:port`.
    private static func host(of authority: String) -> String {
        if authority.hasPrefix("[") { return String(authority.dropFirst().prefix { $0 != "]" }) }
        return authority.prefix { $0 != ":" }.lowercased()
    }

    private static let headers: [(HTTPField.Name, String)] = [
        ("Content-Security-Policy", policy), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(self), microphone=(), geolocation=()"),
    ].compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }

    private static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob:", "connect-src 'self'",
        "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")
}
