import Wire

/// A peer and its key files, as configuration names them.
package struct PeerKeys: Decodable, Sendable, Equatable {
    /// For logs, metrics and results.
    package let name: String
    /// Files with one key each: one, or two while one is changed for the other. The first is the one to send under.
    package let keys: [String]

    package init(name: String, keys: [String]) {
        self.name = name
        self.keys = keys
    }
}

extension KeyRing {
    /// Reads the key files.
    ///
    /// - Throws: `KeyFileError`, `KeyError` with the file's name, `KeyRingError`.
    package init(reading peers: [PeerKeys]) throws {
        try self.init(
            peers.map { peer in
                Peer(
                    name: peer.name,
                    keys: try peer.keys.map { path in
                        do {
                            return try PreSharedKey.parse(KeyFile.read(path))
                        } catch let error as KeyError {
                            throw ConfigurationError(path: path, reason: "\(error)")
                        }
                    }
                )
            }
        )
    }
}
