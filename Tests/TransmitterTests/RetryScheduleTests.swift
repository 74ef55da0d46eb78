import Testing

@testable import Transmitter

struct RetryScheduleTests {
    @Test func doublesUpToTheLongest() {
        let schedule = RetrySchedule(first: 2, longest: 15)
        #expect((1...6).map { schedule.wait(afterAttempt: $0) } == [2, 4, 8, 15, 15, 15])
    }

    @Test func staysFiniteForEver() {
        let schedule = RetrySchedule(first: 0.5, longest: 60)
        #expect(schedule.wait(afterAttempt: 1_000_000) == 60)
        #expect(schedule.wait(afterAttempt: 0) == 0.5)
    }
}
