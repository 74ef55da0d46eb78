import Basics
import ControlAPI
import Foundation
import Hummingbird
import NIOCore
import ServiceKit
import Synchronization

/// Takes in the photos of submissions: on disk while they come, in memory only when they are whole, all within one budget.
final class PhotoUploads: Sendable {
    /// What all uploads together may take, and how slow one may be.
    struct Limits: Sendable {
        /// Bytes on disk, of bodies that are not whole yet.
        var disk = 512 << 20
        /// Bytes in memory of large photos that are looked at, and as many of small ones, so that neither wait for the
        /// other; further ones wait. One photo may be larger.
        var memory = 64 << 20
        /// Bytes of the largest that is small.
        var small = 4 << 20
        /// After that a body must have come at `bytesPerSecond` on average …
        var grace = Duration.seconds(10)
        var bytesPerSecond = 16 << 10
        /// … and must be whole.
        var longest = Duration.seconds(300)
    }

    private let directory: String
    private let limits: Limits
    private let writer = WorkThread(name: "uploads")
    private let onDisk = Atomic(0)
    private let inMemory: (large: ByteBudget, small: ByteBudget)

    /// - Parameter directory: on the disk that takes the bodies; nothing of them is ever seen there.
    init(directory: String, limits: Limits = Limits()) {
        self.directory = directory
        self.limits = limits
        inMemory = (ByteBudget(limits.memory), ByteBudget(limits.memory))
    }

    deinit { writer.stop() }

    /// Bytes of the bodies that are on their way or looked at.
    var bytesOnDisk: Int { onDisk.load(ordering: .relaxed) }

    /// Waits for a body and hands its bytes to `use`.
    ///
    /// - Throws: `ControlError`: 413 when it has more than `most` bytes, 408 when it comes too slowly, 503 when all uploads
    ///   together are too many bytes, 507 when the disk does not take it, 400 when it ends before it is whole.
    func withPhoto<Result: Sendable>(
        _ body: RequestBody,
        most: Int,
        _ use: @Sendable ([UInt8]) async throws -> Result
    ) async throws -> Result {
        let file = try UploadFile(directory)
        let received = Counter()
        defer { onDisk.subtract(received.count, ordering: .relaxed) }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask { [self] in
                try await receive(body, most: most, into: file, counting: received)
                return true
            }
            group.addTask { [self] in
                try await notSlowerThanAllowed(received)
                return false
            }
            defer { group.cancelAll() }
            while let isWhole = try await group.next() { if isWhole { return } }
        }
        let count = received.count
        guard count > 0 else {
            throw ControlError(
                status: .badRequest,
                code: "no_photo",
                message: "the body must be a photo: PNG, JPEG, WebP, HEIC or AVIF"
            )
        }
        return try await (count <= limits.small ? inMemory.small : inMemory.large).holding(count) {
            try await use(try await self.writer.run { _ in try file.bytes(count) })
        }
    }

    private func receive(
        _ body: RequestBody,
        most: Int,
        into file: UploadFile,
        counting received: Counter
    ) async throws {
        do {
            for try await chunk in body {
                let count = chunk.readableBytes
                received.add(count)
                let total = onDisk.add(count, ordering: .relaxed).newValue
                guard received.count <= most else {
                    throw ControlError(
                        status: .contentTooLarge,
                        code: "photo_too_large",
                        message: "the photo is larger than \(most) bytes: send a smaller one"
                    )
                }
                guard total <= limits.disk else {
                    throw ControlError(
                        status: .serviceUnavailable,
                        code: "uploads_full",
                        message: "too many photos are being sent at once: try again soon"
                    )
                }
                try await writer.run { _ in try file.append(Array(buffer: chunk)) }
            }
        } catch let error as FileError {
            throw ControlError(
                status: .init(code: 507),
                code: "spool",
                message: "the spool takes no new transfer: \(error)"
            )
        } catch let error as ControlError {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw ControlError(status: .badRequest, code: "truncated", message: "the photo did not come whole")
        }
    }

    /// Returns when cancelled.
    ///
    /// - Throws: `ControlError` with status 408.
    private func notSlowerThanAllowed(_ received: Counter) async throws {
        let began = ContinuousClock.now
        while (try? await Task.sleep(for: .milliseconds(200))) != nil {
            let elapsed = ContinuousClock.now - began
            let least = (elapsed - limits.grace) / .seconds(1) * Double(limits.bytesPerSecond)
            guard elapsed > limits.longest || Double(received.count) < least else { continue }
            throw ControlError(
                status: .requestTimeout,
                code: "too_slow",
                message: "the photo comes too slowly: send it again"
            )
        }
    }
}

/// Bytes that came of one body.
private final class Counter: Sendable {
    private let value = Atomic(0)

    var count: Int { value.load(ordering: .relaxed) }

    func add(_ count: Int) { value.add(count, ordering: .relaxed) }
}

/// A file without a name, which is gone when nobody has it open.
private final class UploadFile: Sendable {
    private let descriptor: Int32
    private let directory: String

    /// - Throws: `ControlError` with status 507.
    init(_ directory: String) throws(ControlError) {
        let path = "\(directory)/.upload-\(UInt64.random(in: 0...UInt64.max))"
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        self.directory = directory
        guard descriptor >= 0 else {
            let error = FileError(operation: "create a file in", path: directory, code: errno)
            throw ControlError(
                status: .init(code: 507),
                code: "spool",
                message: "the spool takes no new transfer: \(error)"
            )
        }
        unlink(path)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func append(_ bytes: [UInt8]) throws(FileError) {
        try OutputFile(descriptor: descriptor, path: directory).append(bytes)
    }

    func bytes(_ count: Int) throws(FileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let part = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress.map { $0 + done }, count - done, off_t(done))
            }
            if part < 0, errno == EINTR { continue }
            guard part > 0 else {
                throw FileError(operation: "read from", path: directory, code: part < 0 ? errno : EIO)
            }
            done += part
        }
        return bytes
    }
}

/// Bytes that several may have at once; who wants more waits in line.
private actor ByteBudget {
    private let total: Int
    private var free: Int
    private var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

    init(_ total: Int) {
        self.total = total
        free = total
    }

    /// Has `count` bytes, or all there are, while `body` runs.
    nonisolated func holding<Result: Sendable>(
        _ count: Int,
        _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        let count = min(count, total)
        await take(count)
        do {
            let result = try await body()
            await give(count)
            return result
        } catch {
            await give(count)
            throw error
        }
    }

    private func take(_ count: Int) async {
        if waiting.isEmpty, free >= count {
            free -= count
        } else {
            await withCheckedContinuation { waiting.append((count, $0)) }
        }
    }

    private func give(_ count: Int) {
        free += count
        while let first = waiting.first, free >= first.count {
            free -= first.count
            waiting.removeFirst()
            first.continuation.resume()
        }
    }
}
