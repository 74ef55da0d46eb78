import Testing

@testable import ServiceKit

struct EndpointTests {
    @Test(arguments: [
        ("127.0.0.1:4991", "127.0.0.1", 4991), ("[::1]:0", "::1", 0), ("rx.example.org:65535", "rx.example.org", 65535),
    ])
    func readsHostAndPort(text: String, host: String, port: Int) {
        let endpoint = Endpoint(text)
        #expect(endpoint?.host == host)
        #expect(endpoint?.port == port)
        #expect(endpoint?.description == text)
    }

    @Test(arguments: ["", ":", "127.0.0.1", ":4991", "host:65536", "host:-1", "::1:4991", "host:port"])
    func refusesTheRest(text: String) {
        #expect(Endpoint(text) == nil)
    }

    @Test(arguments: [
        ("127.0.0.1:0", "[::1]:4991"), ("[::1]:0", "127.0.0.1:4991"), ("0.0.0.0:0", "[2001:db8::1]:4991"),
        ("[fe80::1]:0", "192.0.2.1:4991"),
    ])
    func twoAddressesOfDifferentKindsAreAMismatch(listen: String, peer: String) throws {
        let mismatch = Endpoint.mismatch(listen: try #require(Endpoint(listen)), peer: try #require(Endpoint(peer)))
        #expect(mismatch?.contains("different kinds") == true)
    }

    @Test(arguments: [
        ("127.0.0.1:0", "192.0.2.1:4991"), ("[::1]:0", "[2001:db8::1]:4991"), ("[::]:0", "192.0.2.1:4991"),
        ("[::]:0", "[::1]:4991"), ("127.0.0.1:0", "rx.example:4991"), ("localhost:0", "[::1]:4991"),
    ])
    func othersMayFit(listen: String, peer: String) throws {
        #expect(Endpoint.mismatch(listen: try #require(Endpoint(listen)), peer: try #require(Endpoint(peer))) == nil)
    }

    @Test func aNameThatIsNotKnownIsNamed() async throws {
        let endpoint = try #require(Endpoint("rx.invalid:4991"))
        let error = await #expect(throws: EndpointError.self) { try await endpoint.resolve() }
        #expect(error?.description.contains("cannot look up rx.invalid") == true)
    }
}
