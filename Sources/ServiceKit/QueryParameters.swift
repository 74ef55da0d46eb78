import Basics
import ControlAPI
import Hummingbird

/// The parameters of a request's query: those that a route knows, each once. Anything else is a mistake of the caller, which
/// would otherwise go unnoticed.
package struct QueryParameters: Sendable {
    private let values: [String: String]

    /// - Parameter names: what the route knows.
    /// - Throws: `ControlError` with status 400 for one that it does not, and for one that comes twice.
    package init(of request: Request, known names: [String] = []) throws(ControlError) {
        var values: [String: String] = [:]
        // Hummingbird takes what is not escaped well as it is.
        for escape in (request.uri.query ?? "").split(separator: "%", omittingEmptySubsequences: false).dropFirst()
        where escape.prefix(2).count != 2 || !escape.prefix(2).allSatisfy(\.isHexDigit) {
            throw Self.bad("query", "the query has a % without two hexadecimal digits behind it")
        }
        for (name, value) in request.uri.queryParameters.lazy.map({ (String($0), String($1)) }) {
            guard names.contains(name) else {
                let known = names.isEmpty ? "this takes none" : "parameters are \(names.joined(separator: ", "))"
                throw Self.bad("parameter", "unknown parameter \"\(name)\": \(known)")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw Self.bad(name, "\(name) is given twice")
            }
        }
        self.values = values
    }

    /// The text of a parameter; nil when it is not there.
    package subscript(name: String) -> String? { values[name] }

    /// - Throws: `ControlError` with status 400 when it is no number of 0 or more.
    package func count(_ name: String) throws(ControlError) -> Int? {
        guard let text = values[name] else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw Self.bad(name, "\(name) must be 0 or more, not \(text)")
        }
        return number
    }

    /// `true` or `false`; false when it is not there.
    ///
    /// - Throws: `ControlError` with status 400 for anything else.
    package func flag(_ name: String) throws(ControlError) -> Bool {
        switch values[name] {
        case nil, "false": false
        case "true": true
        case let text?: throw Self.bad(name, "\(name) must be true or false, not \"\(text)\"")
        }
    }

    private static func bad(_ name: String, _ message: String) -> ControlError {
        ControlError(status: .badRequest, code: "bad_\(name)", message: message)
    }
}

/// Refuses any query, for routes that take none.
package struct NoQuery<Context: RequestContext>: RouterMiddleware {
    package init() {}

    package func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        _ = try QueryParameters(of: request)
        return try await next(request, context)
    }
}
