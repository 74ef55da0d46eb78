import Basics
import TestSupport
import Testing

@testable import ServiceKit

struct LinkIdentityTests {
    let directory: TemporaryDirectory
    let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/identity.json"
    }

    @Test func staysTheSameOverARestart() throws {
        var first = try LinkIdentity.load(path, seconds: 1000)
        #expect(first.nextSequence == 1000 << 32)
        first.nextSequence += 5
        first.transmissions = 3
        try first.save(to: path)
        #expect(try LinkIdentity.load(path, seconds: 1000) == first)
    }

    @Test func numbersGrowWithTimeAndNeverShrink() throws {
        var first = try LinkIdentity.load(path, seconds: 1000)
        try first.save(to: path)
        #expect(try LinkIdentity.load(path, seconds: 1001).nextSequence == 1001 << 32)
        first.nextSequence = 2000 << 32
        try first.save(to: path)
        #expect(try LinkIdentity.load(path, seconds: 1002).nextSequence == 2000 << 32)
    }

    /// A clock that is years off, either way, at every restart.
    @Test func noNumberComesTwiceWhateverTheClockSays() throws {
        var used: UInt64 = 0
        // Knuth's multiplicative hash: all over the range.
        var clocks = (0..<1000).map { UInt32($0) &* 2_654_435_761 }
        clocks += [0, .max, 1, .max, 1_795_000_000]
        for seconds in clocks {
            var identity = try LinkIdentity.load(path, seconds: seconds)
            #expect(identity.nextSequence >= used)
            identity.nextSequence += 100
            used = identity.nextSequence
            try identity.save(to: path)
        }
    }

    @Test func numbersThatAreUsedUpAreDamage() throws {
        var identity = try LinkIdentity.load(path, seconds: 1)
        identity.nextSequence = .max
        try identity.save(to: path)
        #expect(throws: ConfigurationError.self) { try LinkIdentity.load(path, seconds: 1) }
    }

    @Test func damageIsNotReadAsANewIdentity() throws {
        try AtomicFile.write(Array("{".utf8), to: path)
        #expect(throws: ConfigurationError.self) { try LinkIdentity.load(path, seconds: 1) }
    }
}
