import Basics
import Foundation
import TestSupport
import Testing
import Wire

@testable import ServiceKit

struct PeerKeysTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func file(_ name: String, _ seed: UInt8, mode: mode_t = 0o600) throws -> String {
        let path = "\(directory.path)/\(name)"
        let digits = (0..<32).map { String(format: "%02x", seed &+ $0) }.joined()
        try AtomicFile.write(Array(digits.utf8), to: path, mode: mode)
        chmod(path, mode)
        return path
    }

    @Test func ringsOfOneAndTwoKeys() throws {
        let ring = try KeyRing(reading: [
            PeerKeys(name: "studio", keys: [file("a", 1), file("b", 2)]), PeerKeys(name: "van", keys: [file("c", 3)]),
        ])
        #expect(ring.keys.count == 3)
        for peer in ring.peers {
            for key in peer.keys { #expect(ring.owner(of: key.identifier)?.peer.name == peer.name) }
        }
        #expect(ring.owner(of: ring.keys[0].identifier &+ 1) == nil)
    }

    @Test func badRingsAreRefusedByName() throws {
        let (a, b, c) = (try file("a", 1), try file("b", 2), try file("c", 3))
        #expect(throws: KeyRingError.noPeers) { try KeyRing(reading: []) }
        #expect(throws: KeyRingError.keyCount(peer: "x", count: 0)) {
            try KeyRing(reading: [PeerKeys(name: "x", keys: [])])
        }
        #expect(throws: KeyRingError.keyCount(peer: "x", count: 3)) {
            try KeyRing(reading: [PeerKeys(name: "x", keys: [a, b, c])])
        }
        #expect(throws: KeyRingError.sharedKey(peer: "y", other: "x")) {
            try KeyRing(reading: [PeerKeys(name: "x", keys: [a]), PeerKeys(name: "y", keys: [a])])
        }
        #expect(throws: KeyRingError.duplicateName("x")) {
            try KeyRing(reading: [PeerKeys(name: "x", keys: [a]), PeerKeys(name: "x", keys: [b])])
        }
        let open = try file("open", 9, mode: 0o644)
        #expect(throws: KeyFileError.openToOthers(path: open)) {
            try KeyRing(reading: [PeerKeys(name: "x", keys: [open])])
        }
    }
}
