import Foundation
import Imaging
import Networks
import Synchronization
import TestSupport

@testable import SemanticCoding

/// Both halves of an external codec over a socket in a directory of its own.
final class ExternalFixture {
    let directory: TemporaryDirectory
    let encoder: ExternalEncoder
    let decoder: ExternalDecoder
    let artifacts = MemoryArtifacts()
    let order = EncodingOrder(instruction: "she should smile", isAligned: true, dimension: 8, snr: 12)

    static let liar = "Scripts/tests/lying_codec.py"
    static let cells = "Scripts/codecs/numpy_codec.py"

    var socket: String { directory.path + "/codec.sock" }

    /// - Parameter seconds: that a call may take.
    init(seconds: Double = 30, resolution: Int = 16) throws {
        directory = try TemporaryDirectory()
        let settings = ExternalSettings(socket: directory.path + "/codec.sock", timeoutSeconds: seconds)
        encoder = ExternalEncoder(
            process: CodecProcess(settings),
            aligner: FaceAligner(detector: try installedModels.faceDetector()),
            resolution: resolution
        )
        decoder = ExternalDecoder(process: CodecProcess(settings))
        try artifacts.write(PictureFile.encodePNG(Self.face), as: .photo)
    }

    /// A square of smooth colours.
    static let face: Picture = {
        let edge = 128
        var pixels: [UInt8] = []
        for y in 0..<edge {
            for x in 0..<edge { pixels += [UInt8(x + 60), UInt8(y + 60), UInt8((x + y) / 2 + 60)] }
        }
        return Picture(width: edge, height: edge, pixels: pixels)
    }()

    /// Runs the last stage on a thread of its own.
    func codeWord(
        _ order: EncodingOrder? = nil,
        progress: @escaping @Sendable () throws -> Void = {}
    ) async throws -> CodeWord {
        try await onThread { [encoder, artifacts, order = order ?? self.order] in
            try encoder.codeWord(order, artifacts: artifacts) { _ in try progress() }.codeWord
        }
    }

    /// What the transmitter's half says of its process.
    func trouble() async throws -> String? {
        try await onThread { [encoder] in try encoder.trouble(checkpoint: {}) }
    }

    /// Draws what `liar` is said to have made.
    func picture(resolution: Int = 16, codec: String = "liar", reals: Int = 8) async throws -> Picture {
        let received = ReceivedCodeWord(
            values: [Float](repeating: 1, count: reals),
            noiseVariance: [Float](repeating: 0.1, count: reals),
            modelDigest: Array(ExternalCodec.digest(of: codec).prefix(8))
        )
        return try await onThread { [decoder] in
            try decoder.decode(received, resolution: resolution, checkpoint: {}).picture
        }
    }
}

/// Artifacts in memory.
final class MemoryArtifacts: EncodingArtifacts {
    private let files = Mutex<[EncodingArtifact: [UInt8]]>([:])

    func has(_ artifact: EncodingArtifact) -> Bool { files.withLock { $0[artifact] != nil } }

    func read(_ artifact: EncodingArtifact) throws -> [UInt8] {
        guard let bytes = files.withLock({ $0[artifact] }) else { throw CocoaError(.fileNoSuchFile) }
        return bytes
    }

    func write(_ bytes: [UInt8], as artifact: EncodingArtifact) {
        files.withLock { $0[artifact] = bytes }
    }
}

/// Runs what waits, on a thread that nobody else needs.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Swift.Result { try body() }) }.start()
    }
}
