import NIOCore
import Testing

@testable import ServiceKit

struct DatagramSocketTests {
    private func local() throws -> Endpoint {
        try #require(Endpoint("127.0.0.1:0"))
    }

    @Test func carriesDatagramsBothWays() async throws {
        let here = try await DatagramSocket.bind(local())
        let there = try await DatagramSocket.bind(local())
        here.send([1, 2, 3], to: there.localAddress)
        var incoming = there.datagrams.makeAsyncIterator()
        let received = try #require(await incoming.next())
        #expect(received.bytes == [1, 2, 3])
        #expect(received.source.port == here.port)
        there.send(Array(repeating: 9, count: 1452), to: received.source)
        var back = here.datagrams.makeAsyncIterator()
        #expect(await back.next()?.bytes.count == 1452)
        await here.close()
        await there.close()
    }

    @Test func closingEndsTheSequence() async throws {
        let socket = try await DatagramSocket.bind(local())
        await socket.close()
        var incoming = socket.datagrams.makeAsyncIterator()
        #expect(await incoming.next() == nil)
    }
}
