/// Why keys do not make a key ring.
package enum KeyRingError: Error, Equatable, Sendable, CustomStringConvertible {
    case noPeers
    case tooManyPeers(Int)
    /// A peer has one key, or two during a rotation.
    case keyCount(peer: String, count: Int)
    /// Whoever holds a key could pose as every peer that has it.
    case sharedKey(peer: String, other: String)
    case duplicateName(String)

    package var description: String {
        switch self {
        case .noPeers: "there is no peer: name one with its key file"
        case .tooManyPeers(let count): "\(count) peers are more than \(KeyRing.mostPeers)"
        case .keyCount(let peer, let count):
            "peer \"\(peer)\" has \(count) keys: give it one, or two while you change to another"
        case .sharedKey(let peer, let other):
            "peers \"\(peer)\" and \"\(other)\" have the same key, or one has it twice: make each a key of its own"
        case .duplicateName(let name): "two peers are called \"\(name)\""
        }
    }
}

/// The keys of a link: one for each peer, two while it is changed for another.
///
/// What a peer sends may be sealed under any of its keys. What is sent to it goes under the first one, or, as an answer,
/// under the one it used itself.
package struct KeyRing: Sendable, Equatable {
    static let mostPeers = 1024

    package struct Peer: Sendable, Equatable {
        /// For logs, metrics and results.
        package let name: String
        /// One or two; the first is the one to send under.
        package let keys: [PreSharedKey]

        package init(name: String, keys: [PreSharedKey]) {
            self.name = name
            self.keys = keys
        }
    }

    package let peers: [Peer]
    private let owners: [UInt32: (peer: Int, key: Int)]

    /// - Throws: `KeyRingError` when a peer has no key or more than two, or when two have the same.
    package init(_ peers: [Peer]) throws(KeyRingError) {
        guard !peers.isEmpty else { throw .noPeers }
        guard peers.count <= Self.mostPeers else { throw .tooManyPeers(peers.count) }
        var owners: [UInt32: (peer: Int, key: Int)] = [:]
        var names: Set<String> = []
        for (number, peer) in peers.enumerated() {
            guard names.insert(peer.name).inserted else { throw .duplicateName(peer.name) }
            guard (1...2).contains(peer.keys.count) else {
                throw .keyCount(peer: peer.name, count: peer.keys.count)
            }
            for (place, key) in peer.keys.enumerated() {
                if let other = owners[key.identifier] {
                    throw .sharedKey(peer: peer.name, other: peers[other.peer].name)
                }
                owners[key.identifier] = (number, place)
            }
        }
        self.peers = peers
        self.owners = owners
    }

    /// All keys that are valid now.
    package var keys: [PreSharedKey] { peers.flatMap(\.keys) }

    /// The peer that has the key, and the key; nil once the key was taken out.
    package func owner(of identifier: UInt32) -> (peer: Peer, key: PreSharedKey)? {
        owners[identifier].map { (peers[$0.peer], peers[$0.peer].keys[$0.key]) }
    }

    package static func == (a: KeyRing, b: KeyRing) -> Bool { a.peers == b.peers }
}
