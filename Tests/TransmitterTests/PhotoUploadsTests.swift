import ControlAPI
import Foundation
import Hummingbird
import NIOCore
import ServiceKit
import Synchronization
import TestSupport
import Testing

@testable import Transmitter

@Suite(.timeLimit(.minutes(1))) struct PhotoUploadsTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func body(_ chunks: [[UInt8]], ends: Bool = true) -> (RequestBody, AsyncStream<ByteBuffer>.Continuation) {
        let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        for chunk in chunks { continuation.yield(ByteBuffer(bytes: chunk)) }
        if ends { continuation.finish() }
        return (RequestBody(asyncSequence: stream), continuation)
    }

    private func refusal(
        _ uploads: PhotoUploads,
        _ body: RequestBody,
        most: Int = 1 << 20
    ) async throws -> Int {
        let error = await #expect(throws: ControlError.self) {
            try await uploads.withPhoto(body, most: most) { _ in }
        }
        return error?.status.code ?? 0
    }

    @Test func aBodyComesWholeAndLeavesNothing() async throws {
        let uploads = PhotoUploads(directory: directory.path)
        let chunks = (0..<50).map { number in (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* number) } }
        let photo = try await uploads.withPhoto(body(chunks).0, most: 1 << 20) { $0 }
        #expect(photo == chunks.flatMap { $0 })
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }

    @Test func whatIsTooLargeOrEmptyIsRefused() async throws {
        let uploads = PhotoUploads(directory: directory.path)
        #expect(try await refusal(uploads, body([[1, 2, 3]]).0, most: 2) == 413)
        #expect(try await refusal(uploads, body([]).0) == 400)
        // What was refused counts no more.
        #expect(try await uploads.withPhoto(body([[1]]).0, most: 2) { $0 } == [1])
    }

    @Test func aBodyThatStallsOrTricklesIsGivenUp() async throws {
        var limits = PhotoUploads.Limits()
        limits.grace = .milliseconds(300)
        limits.bytesPerSecond = 10_000
        let uploads = PhotoUploads(directory: directory.path, limits: limits)
        #expect(try await refusal(uploads, body([[1, 2, 3]], ends: false).0) == 408)
        let (trickle, drop) = body([], ends: false)
        let dropping = Task {
            while (try? await Task.sleep(for: .milliseconds(20))) != nil { drop.yield(ByteBuffer(bytes: [1])) }
        }
        #expect(try await refusal(uploads, trickle) == 408)
        dropping.cancel()
    }

    @Test func allTogetherHaveOneBudgetOnDisk() async throws {
        var limits = PhotoUploads.Limits()
        limits.disk = 1000
        let uploads = PhotoUploads(directory: directory.path, limits: limits)
        let stalled = body([[UInt8](repeating: 1, count: 900)], ends: false)
        let first = Task { try await uploads.withPhoto(stalled.0, most: 1000) { $0.count } }
        while uploads.bytesOnDisk < 900 { try await Task.sleep(for: .milliseconds(1)) }
        let second = body([[UInt8](repeating: 2, count: 200)]).0
        #expect(try await refusal(uploads, second, most: 1000) == 503)
        stalled.1.finish()
        #expect(try await first.value == 900)
        #expect(
            try await uploads.withPhoto(body([[UInt8](repeating: 2, count: 200)]).0, most: 1000) { $0.count } == 200
        )
    }

    /// Bytes held now, and at the most.
    private final class Held: Sendable {
        private let state = Mutex((now: 0, most: 0))

        var most: Int { state.withLock { $0.most } }

        func add(_ count: Int) { state.withLock { $0 = ($0.now + count, max($0.most, $0.now + count)) } }
    }

    @Test func noMoreThanTheBudgetIsInMemory() async throws {
        var limits = PhotoUploads.Limits()
        limits.memory = 250
        let uploads = PhotoUploads(directory: directory.path, limits: limits)
        let held = Held()
        try await withThrowingTaskGroup { group in
            for _ in 0..<20 {
                let body = body([[UInt8](repeating: 1, count: 100)]).0
                group.addTask {
                    try await uploads.withPhoto(body, most: 1000) { photo in
                        held.add(photo.count)
                        try await Task.sleep(for: .milliseconds(5))
                        held.add(-photo.count)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect((100...250).contains(held.most))
        // One that is larger than the budget has it to itself.
        #expect(
            try await uploads.withPhoto(body([[UInt8](repeating: 1, count: 900)]).0, most: 1000) { $0.count } == 900
        )
    }

    @Test func aDiskThatIsGoneIsSaidSo() async throws {
        let uploads = PhotoUploads(directory: directory.path + "/gone")
        #expect(try await refusal(uploads, body([[1]]).0) == 507)
    }

    @Test func eventsHaveSignsOfLifeBetweenThem() async throws {
        let (updates, feed) = AsyncStream.makeStream(of: TransferUpdate.self)
        var signs = 0
        for await update in ControlRoutes.beating(updates, every: .milliseconds(5)) {
            if update == nil { signs += 1 } else { break }
            if signs == 3 { feed.yield(.init(id: "x", state: .inverting, fraction: 0, note: "")) }
        }
        #expect(signs >= 3)
        feed.finish()
        for await _ in ControlRoutes.beating(updates, every: .seconds(100)) {}
    }
}
