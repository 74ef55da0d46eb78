import Foundation
import NIOCore
import Testing

@testable import ServiceKit

struct DatagramSocketTests {
    private func bind(_ text: String = "127.0.0.1:0") async throws -> DatagramSocket {
        try await DatagramSocket.bind(try #require(Endpoint(text)))
    }

    @Test(arguments: ["127.0.0.1:0", "[::1]:0"])
    func carriesDatagramsBothWays(endpoint: String) async throws {
        let here = try await bind(endpoint)
        let there = try await bind(endpoint)
        try here.send([1, 2, 3], to: there.localAddress)
        var incoming = there.datagrams.makeAsyncIterator()
        let received = try #require(await incoming.next())
        #expect(received.bytes == [1, 2, 3])
        #expect(received.source.port == here.port)
        try there.send(Array(repeating: 9, count: 1452), to: received.source)
        var back = here.datagrams.makeAsyncIterator()
        #expect(await back.next()?.bytes.count == 1452)
        await here.close()
        await there.close()
    }

    @Test func takesDatagramsUpToItsLimitWholeAndCountsLargerOnes() async throws {
        let (here, there) = (try await bind(), try await bind())
        for count in [DatagramSocket.mostBytes, DatagramSocket.mostBytes + 1, 4000, 0] {
            try here.send([UInt8](repeating: 7, count: count), to: there.localAddress)
        }
        var incoming = there.datagrams.makeAsyncIterator()
        for count in [DatagramSocket.mostBytes, 4000, 0] { #expect(await incoming.next()?.bytes.count == count) }
        #expect(there.oversized == 1)
        await here.close()
        await there.close()
    }

    @Test func closingEndsTheSequence() async throws {
        let socket = try await bind()
        await socket.close()
        var incoming = socket.datagrams.makeAsyncIterator()
        #expect(await incoming.next() == nil)
        #expect(throws: SocketError.self) { try socket.send([1], to: socket.localAddress) }
    }

    @Test func outlivesSendsThatFail() async throws {
        let (here, there) = (try await bind(), try await bind())
        let nobody = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
        let failures: [(bytes: [UInt8], to: SocketAddress)] = [
            ([1], try SocketAddress(ipAddress: "::1", port: 4991)),
            ([UInt8](repeating: 0, count: 70_000), there.localAddress),
            ([1], try SocketAddress(ipAddress: "255.255.255.255", port: 4991)),
        ]
        for (bytes, address) in failures {
            #expect(throws: SocketError.self) { try here.send(bytes, to: address) }
            // Refused by an ICMP answer, which may come as an error of a later call.
            try? here.send([1], to: nobody)
        }
        #expect(here.unsent >= 3)
        try here.send([5], to: there.localAddress)
        var incoming = there.datagrams.makeAsyncIterator()
        #expect(await incoming.next()?.bytes == [5])
        try there.send([6], to: here.localAddress)
        var back = here.datagrams.makeAsyncIterator()
        #expect(await back.next()?.bytes == [6])
        await here.close()
        await there.close()
    }

    @Test(arguments: ["127.0.0.1:0", "[::1]:0"])
    func datagramsThatLeaveTogetherArriveOneByOne(endpoint: String) async throws {
        let (here, there) = (try await bind(endpoint), try await bind(endpoint))
        var incoming = there.datagrams.makeAsyncIterator()
        for (count, size) in [(32, 1428), (64, 1), (2, 9000)] {
            let sent = (0..<count).map { number in (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ number) } }
            #expect(here.sendTogether(sent, to: there.localAddress))
            for datagram in sent {
                let received = try #require(await incoming.next())
                #expect(received.bytes == datagram && received.source.port == here.port)
            }
        }
        let tooMuch = [[UInt8]](repeating: [UInt8](repeating: 0, count: 9000), count: 8)
        for datagrams in [[], [[]], [[1], [1, 2]], tooMuch] as [[[UInt8]]] {
            #expect(!here.sendTogether(datagrams, to: there.localAddress))
        }
        #expect(!here.sendTogether([[1], [2]], to: try SocketAddress(ipAddress: "255.255.255.255", port: 4991)))
        await here.close()
        var end = here.datagrams.makeAsyncIterator()
        #expect(await end.next() == nil)
        #expect(!here.sendTogether([[1], [2]], to: there.localAddress))
        #expect(here.unsent == 0)
        await there.close()
    }

    /// What one reader leaves is the next one's.
    @Test func aBatchIsAllThatWaits() async throws {
        let here = try await bind()
        let there = try await DatagramSocket.bind(#require(Endpoint("127.0.0.1:0")), backlog: 150)
        for number in 0..<200 { try here.send([UInt8(number)], to: there.localAddress) }
        while there.dropped < 50 { try await Task.sleep(for: .milliseconds(2)) }
        #expect(there.dropped == 50)
        var one = there.datagrams.makeAsyncIterator()
        for number in 0..<2 as Range<UInt8> { #expect(await one.next()?.bytes == [number]) }
        var other = there.datagrams.makeAsyncIterator()
        #expect(await other.nextBatch()?.map(\.bytes) == (2..<150).map { [UInt8($0)] })
        try here.send([7], to: there.localAddress)
        #expect(await other.nextBatch()?.map(\.bytes) == [[7]])
        await there.close()
        #expect(await other.nextBatch() == nil)
        await here.close()
    }

    @Test func countsWhatTheSystemDropped() async throws {
        let (here, there) = (try await bind(), try await bind())
        // More than its queue and the system's buffer hold: nobody reads meanwhile.
        let count = 60_000
        for _ in 0..<count { try here.send([UInt8](repeating: 1, count: 1400), to: there.localAddress) }
        var incoming = there.datagrams.makeAsyncIterator()
        var received = 0
        while received + there.dropped + there.overflowed < count {
            _ = await incoming.next()
            received += 1
        }
        #expect(received + there.dropped + there.overflowed == count)
        #expect(there.dropped + there.overflowed > 0)
        await here.close()
        await there.close()
        #expect(there.overflowed + there.dropped == count - received)
    }

    @Test func aPortThatIsTakenIsNamed() async throws {
        let socket = try await bind()
        let error = await #expect(throws: SocketError.self) {
            _ = try await self.bind("127.0.0.1:\(socket.port)")
        }
        #expect(error?.description == "cannot listen on 127.0.0.1:\(socket.port): Address already in use")
        await socket.close()
    }

    @Test func aSocketForBothKindsOfAddressesReachesBoth() async throws {
        let here = try await bind("[::]:0")
        for text in ["127.0.0.1:0", "[::1]:0"] {
            let there = try await bind(text)
            let peer = PeerAddress(try #require(Endpoint(there.localAddress.hostAndPort)), from: here.localAddress)
            try here.send([3], to: try peer.current())
            var incoming = there.datagrams.makeAsyncIterator()
            #expect(await incoming.next()?.bytes == [3])
            await there.close()
        }
        await here.close()
    }
}
