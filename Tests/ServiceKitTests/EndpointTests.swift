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
}
