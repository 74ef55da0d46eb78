import Basics
import Foundation
import ServiceKit
import TestSupport
import Testing

@testable import Receiver

struct ResultStoreTests {
    let directory: TemporaryDirectory
    let store: ResultStore
    let id = UUID()

    init() throws {
        directory = try TemporaryDirectory()
        store = try ResultStore(root: directory.path + "/results")
    }

    private var transfer: ReceivedTransfer {
        ReceivedTransfer(
            id: id.uuidString.lowercased(),
            received: Date(timeIntervalSince1970: 1_700_000_000),
            snrDecibels: 12.25,
            symbols: 320,
            erasures: 40,
            transmissions: 1,
            resolution: 256,
            pictureDigest: "ab",
            modelBundle: "cd",
            seconds: 1.5,
            peer: "studio"
        )
    }

    @Test func keepsAResultWhole() throws {
        #expect(store.find(id) == nil)
        try store.store(transfer, id: id, picture: [1, 2, 3], signal: [5]) { try AtomicFile.write([4], to: $0) }
        #expect(store.find(id) == transfer)
        let path = "\(store.root)/\(id.uuidString.lowercased())"
        #expect(try AtomicFile.read(path + "/picture.png") == [1, 2, 3])
        #expect(try AtomicFile.read(path + "/code.safetensors") == [4])
        #expect(try ResultStore(root: store.root).find(id) == transfer)
    }

    @Test func leavesNothingBehindWhenWritingFails() throws {
        #expect(throws: FileError.self) {
            try store.store(transfer, id: id, picture: [1], signal: []) {
                throw FileError(operation: "x", path: $0, code: 28)
            }
        }
        #expect(store.find(id) == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: store.root).isEmpty)
    }

    @Test func replacesADamagedResult() throws {
        try store.store(transfer, id: id, picture: [1], signal: []) { try AtomicFile.write([], to: $0) }
        let record = "\(store.root)/\(id.uuidString.lowercased())/transfer.json"
        try AtomicFile.write(Array("{".utf8), to: record)
        #expect(store.find(id) == nil)
        try store.store(transfer, id: id, picture: [2], signal: []) { try AtomicFile.write([], to: $0) }
        #expect(store.find(id) == transfer)
    }

    @Test func forgetsWhatACrashLeftHalfMade() throws {
        try AtomicFile.makeDirectory("\(store.root)/.incoming-\(id.uuidString.lowercased())")
        _ = try ResultStore(root: store.root)
        #expect(try FileManager.default.contentsOfDirectory(atPath: store.root).isEmpty)
    }
}
