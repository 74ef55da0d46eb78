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

    @Test func damageIsNotReadAsANewIdentity() throws {
        try AtomicFile.write(Array("{".utf8), to: path)
        #expect(throws: ConfigurationError.self) { try LinkIdentity.load(path, seconds: 1) }
    }
}
