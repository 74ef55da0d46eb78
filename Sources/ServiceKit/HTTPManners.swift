import NIOCore
import NIOHTTP1

/// What HTTP/1 asks of a server and Hummingbird leaves out: `Expect: 100-continue` is answered, connections end where the
/// client wants it, knows no better (HTTP/1.0) or says nothing more, and what is no HTTP gets an answer before the connection
/// ends.
///
/// Stands between NIO's codec and Hummingbird's. Of one connection, so used on its event loop alone.
final class HTTPManners: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// A request without its whole response yet.
    private struct Outstanding {
        /// HTTP/1.0, which knows neither chunks nor connections that stay.
        let isOld: Bool
        var closes: Bool
        var hasHead = false
    }

    /// Who has got its last answer and does not close is closed after that.
    static let lingering = TimeAmount.seconds(2)
    /// Who does not take its last answer is closed after that.
    static let patience = TimeAmount.seconds(60)

    private var outstanding: [Outstanding] = []
    /// Whether the last of them is not whole yet.
    private var isReading = false
    private var isBroken = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isBroken else { return }
        let part = unwrapInboundIn(data)
        if case .end = part { isReading = false }
        guard case .head(var head) = part else { return context.fireChannelRead(data) }
        isReading = true
        let tokens = head.headers[canonicalForm: "connection"].map { $0.lowercased() }
        let isOld = (head.version.major, head.version.minor) < (1, 1)
        let closes = isOld || tokens.contains("close")
        // Hummingbird looks for this very word.
        if closes { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        outstanding.append(Outstanding(isOld: isOld, closes: closes))
        let expects = head.headers[canonicalForm: "expect"].contains { $0.lowercased() == "100-continue" }
        if expects, outstanding.count == 1, !isOld {
            let goOn = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(goOn)), promise: nil)
        }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isBroken else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            if !outstanding.isEmpty {
                outstanding[0].hasHead = true
                if outstanding[0].isOld { head.version = .http1_0 }
                if head.headers[canonicalForm: "connection"].contains("close") { outstanding[0].closes = true }
                if outstanding[0].closes { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            guard !outstanding.isEmpty, outstanding.removeFirst().closes else {
                return context.write(data, promise: promise)
            }
            let (channel, loop) = (context.channel, context.eventLoop)
            let written = loop.makePromise(of: Void.self)
            written.futureResult.cascade(to: promise)
            // From when the last byte has left: a slow reader gets all of it.
            written.futureResult.whenComplete { _ in
                loop.scheduleTask(in: Self.lingering) { channel.close(promise: nil) }
            }
            let last = loop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
            channel.closeFuture.whenComplete { _ in last.cancel() }
            context.write(data, promise: written)
        }
    }

    /// Who says nothing more is answered what it has asked, and closed: it would hold a descriptor until it is idle too long.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event, !isBroken {
            if outstanding.isEmpty { return context.close(promise: nil) }
            outstanding[outstanding.count - 1].closes = true
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// Bytes that are no request: an answer, and the end.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Whole requests before it are answered first; Hummingbird then says 400 itself.
        let hasEarlier = outstanding.count > (isReading ? 1 : 0)
        guard let parsing = error as? HTTPParserError, !isBroken, !hasEarlier else {
            return context.fireErrorCaught(error)
        }
        isBroken = true
        if outstanding.first?.hasHead != true {
            let (status, code, message) = Self.complaint(about: parsing)
            let body = ByteBuffer(string: "{\"error\":{\"code\":\"\(code)\",\"message\":\"\(message)\"}}")
            let headers: HTTPHeaders = [
                "Connection": "close", "Content-Type": "application/json", "Content-Length": "\(body.readableBytes)",
            ]
            context.write(
                wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))),
                promise: nil
            )
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
        } else {
            context.close(promise: nil)
        }
        context.fireErrorCaught(error)
    }

    private static func complaint(
        about error: HTTPParserError
    ) -> (status: HTTPResponseStatus, code: String, message: String) {
        switch error {
        case .headerOverflow: (.requestHeaderFieldsTooLarge, "headers_too_large", "the request's headers are too large")
        case .invalidEOFState: (.badRequest, "truncated", "the connection ended before the request did")
        default: (.badRequest, "no_http", "this is no HTTP request")
        }
    }
}
