import Foundation
import NIOCore
import Synchronization
import Testing

@testable import ServiceKit

struct PeerAddressTests {
    private let name = Endpoint("rx.example:4991")
    private let quick = PeerAddress.Schedule(
        refresh: .milliseconds(5),
        firstRetry: .milliseconds(5),
        longestRetry: .milliseconds(20)
    )

    private func address(_ text: String) throws -> SocketAddress { try SocketAddress(ipAddress: text, port: 4991) }

    /// A resolver that answers as it was told last.
    private final class Resolver: Sendable {
        let answer: Mutex<Result<[SocketAddress], EndpointError>>
        let asked = Atomic(0)

        init(_ answer: Result<[SocketAddress], EndpointError>) {
            self.answer = Mutex(answer)
        }

        func lookUp() throws(EndpointError) -> [SocketAddress] {
            asked.add(1, ordering: .relaxed)
            return try answer.withLock { $0 }.get()
        }
    }

    private func peer(_ resolver: Resolver) throws -> PeerAddress {
        PeerAddress(try #require(name), from: try address("127.0.0.1"), schedule: quick) {
            (_, _) throws(EndpointError) in try resolver.lookUp()
        }
    }

    private func eventually(_ condition: () -> Bool) async throws {
        while !condition() { try await Task.sleep(for: .milliseconds(2)) }
    }

    @Test(.timeLimit(.minutes(1))) func aNameIsAskedForAgainUntilItIsKnownAndFollowedThen() async throws {
        let resolver = Resolver(.failure(EndpointError("not known")))
        let peer = try peer(resolver)
        try await eventually { resolver.asked.load(ordering: .relaxed) > 3 }
        #expect(throws: EndpointError("not known")) { try peer.current() }
        let (first, second) = (try address("127.0.0.2"), try address("127.0.0.3"))
        resolver.answer.withLock { $0 = .success([first, second]) }
        try await eventually { (try? peer.current()) == first }
        resolver.answer.withLock { $0 = .success([second]) }
        try await eventually { (try? peer.current()) == second }
        // A resolver that fails later takes nothing away.
        resolver.answer.withLock { $0 = .failure(EndpointError("no servers")) }
        let before = resolver.asked.load(ordering: .relaxed)
        try await eventually { resolver.asked.load(ordering: .relaxed) > before + 3 }
        #expect(try peer.current() == second)
    }

    @Test(.timeLimit(.minutes(1))) func nobodyWaitsForAResolverThatHangs() async throws {
        let release = DispatchSemaphore(value: 0)
        let found = try address("127.0.0.2")
        let peer = PeerAddress(try #require(name), from: nil, schedule: quick) { (_, _) throws(EndpointError) in
            release.wait()
            return [found]
        }
        #expect(throws: EndpointError("rx.example is still being looked up")) { try peer.current() }
        for _ in 0..<1000 { release.signal() }
        try await eventually { (try? peer.current()) == found }
    }

    @Test(.timeLimit(.minutes(1))) func whoIsNotNeededAnyMoreAsksNoMore() async throws {
        let resolver = Resolver(.failure(EndpointError("not known")))
        do {
            let peer = try peer(resolver)
            try await eventually { resolver.asked.load(ordering: .relaxed) > 1 }
            withExtendedLifetime(peer) {}
        }
        try await Task.sleep(for: .milliseconds(100))
        let asked = resolver.asked.load(ordering: .relaxed)
        try await Task.sleep(for: .milliseconds(200))
        #expect(resolver.asked.load(ordering: .relaxed) == asked)
    }

    @Test func anAddressIsThereAtOnceAndNeverAskedFor() throws {
        let peer = PeerAddress(try #require(Endpoint("192.0.2.1:4991")), from: try address("127.0.0.1"))
        #expect(try peer.current() == address("192.0.2.1"))
    }

    @Test(arguments: [("127.0.0.1:0", "127.0.0.1"), ("[::1]:0", "::1")])
    func ofANameWithBothKindsTheOneThatTheSocketCanReachIsTaken(listen: String, expected: String) throws {
        let local = try #require(Endpoint(listen)?.literal)
        let both = [try address("::1"), try address("127.0.0.1")]
        let asked = Mutex<[Endpoint.Family]>([])
        let peer = PeerAddress(try #require(Endpoint(listen)), from: local, schedule: quick) {
            (_, family) throws(EndpointError) in
            asked.withLock { $0.append(family) }
            return both.filter { $0.protocol == local.protocol }
        }
        #expect(try peer.current().ipAddress == expected)
        #expect(asked.withLock { $0 } == [local.protocol == .inet ? .v4 : .v6])
    }
}
