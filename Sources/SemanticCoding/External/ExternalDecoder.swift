import Imaging

/// The receiver's half of an external codec.
package struct ExternalDecoder: SemanticDecoder, DependentCodec {
    private let process: CodecProcess

    package init(process: CodecProcess) {
        self.process = process
    }

    /// The most that the wire carries: the process may take less, and says so when it is asked.
    package var maximumDimension: Int { ExternalCodec.mostReals }

    package func reload() {}

    /// It has none: what they would do is the process's business.
    package func hasAdapters(digest: [UInt8]) -> Bool { false }

    package func trouble(checkpoint: () throws -> Void) throws -> String? {
        try process.trouble(checkpoint: checkpoint)
    }

    /// Has the process draw.
    ///
    /// - Throws: `DecodingRefusal`, and what the checkpoint throws.
    package func decode(
        _ received: ReceivedCodeWord,
        resolution: Int,
        checkpoint: () throws -> Void
    ) throws -> DecodedPicture {
        let values = zip(received.values, received.noiseVariance).map { $1.isFinite && $0.isFinite ? $0 : 0 }
        let variances = zip(received.values, received.noiseVariance).map {
            $0.isFinite && $1.isFinite ? max($1, 0) : .infinity
        }
        do {
            let picture = try process.decode(
                values,
                variances,
                snr: received.designSNR,
                resolution: resolution,
                isWanted: { name in
                    !received.modelDigest.isEmpty && ExternalCodec.digest(of: name).starts(with: received.modelDigest)
                },
                checkpoint: checkpoint
            )
            return DecodedPicture(picture: picture, code: values)
        } catch let error as CodecProcessError {
            throw DecodingRefusal(error.description, isTemporary: error.isTemporary)
        }
    }
}
