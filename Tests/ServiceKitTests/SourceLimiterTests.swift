import Testing

@testable import ServiceKit

struct SourceLimiterTests {
    @Test func aBurstAndThenTheRate() {
        var limiter = SourceLimiter<String>(rate: 8, burst: 5)
        let atOnce = (0..<20).count { _ in limiter.admit("a", at: .zero) }
        #expect(atOnce == 5)
        let later = (1...20).count { limiter.admit("a", at: .microseconds(62500 * $0)) }
        #expect(later == 10)
        let other = limiter.admit("b", at: .seconds(2))
        #expect(other)
    }

    @Test func oneThatFloodsTakesNothingFromTheOthers() {
        var limiter = SourceLimiter<Int>(rate: 100, burst: 10)
        var admitted = 0
        for step in 0..<1000 {
            let now = Duration.milliseconds(step)
            for _ in 0..<50 { _ = limiter.admit(0, at: now) }
            if step.isMultiple(of: 20), limiter.admit(1, at: now) { admitted += 1 }
        }
        #expect(admitted == 50)
    }

    @Test func forgedAddressesShareOneBucketWhenThereAreTooMany() {
        var limiter = SourceLimiter<Int>(rate: 1, burst: 2, mostSources: 100)
        // A hundred known sources, none of them refilled.
        for source in 0..<100 { for _ in 0..<2 { _ = limiter.admit(source, at: .zero) } }
        let forged = (1000..<3000).count { limiter.admit($0, at: .zero) }
        #expect(forged == 2)
        // Later the known ones are full again and are forgotten; new ones are told apart.
        let fresh = (5000..<5050).count { limiter.admit($0, at: .seconds(10)) }
        #expect(fresh == 50)
    }
}
