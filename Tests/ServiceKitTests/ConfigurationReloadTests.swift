import Logging
import Synchronization
import Testing

@testable import ServiceKit

struct ConfigurationReloadTests {
    private struct Refusal: Error {}

    @Test func everyHookGetsTheConfigurationInOrderAlsoWhenOneRefuses() async {
        let reload = ConfigurationReload<Int>()
        let seen = Mutex<[String]>([])
        reload.on("keys") { configuration in seen.withLock { $0.append("keys \(configuration)") } }
        reload.on("limits") { _ in throw Refusal() }
        reload.on("profile") { configuration in seen.withLock { $0.append("profile \(configuration)") } }
        await reload.apply(1, logger: Logger(label: "test"))
        await reload.apply(2, logger: Logger(label: "test"))
        #expect(seen.withLock { $0 } == ["keys 1", "profile 1", "keys 2", "profile 2"])
    }
}
