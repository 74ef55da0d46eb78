import ControlAPI
import Testing

@testable import ServiceKit

struct SocketMetricsTests {
    /// Sockets come and go, and what they dropped stays counted.
    @Test func countsWhatSocketsDroppedAndKeepsIt() async throws {
        let registry = PrometheusRegistry()
        let metrics = SocketMetrics(prefix: "test", registry: registry)
        let local = try #require(Endpoint("127.0.0.1:0"))
        let (here, there) = (try await DatagramSocket.bind(local), try await DatagramSocket.bind(local, backlog: 1))
        metrics.watch(there)
        for count in [9217, 1, 2, 3] { try here.send([UInt8](repeating: 0, count: count), to: there.localAddress) }
        while there.dropped < 2 { try await Task.sleep(for: .milliseconds(2)) }
        var expected = DatagramDrops()
        (expected.oversized, expected.overrun) = (1, 2)
        #expect(metrics.drops == expected)
        for _ in 0..<2 {
            let lines = Set(registry.text.split(separator: "\n").map(String.init))
            for (cause, count) in [("oversized", 1), ("overrun", 2), ("overflowed", 0), ("unsent", 0)] {
                let line = "test_datagrams_dropped_total{cause=\"\(cause)\"} \(count)"
                #expect(lines.contains(line), "\(line)")
            }
            #expect(lines.contains("# TYPE test_datagrams_dropped_total counter"))
        }
        await there.close()
        metrics.retire(there)
        metrics.retire(there)
        #expect(metrics.drops == expected)
        #expect(expected.summary == "overrun 2, oversized 1" && DatagramDrops().summary == "none")
        await here.close()
    }
}
