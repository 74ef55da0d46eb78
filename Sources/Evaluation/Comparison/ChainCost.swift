import Imaging
import SemanticCoding

/// What one picture costs a chain (table VI), everything from the aligned photo to the received picture.
package struct ChainCost: Encodable, Sendable {
    package let chain: String
    package let resolution, pictures: Int
    /// Wall-clock seconds a picture, mean over pictures.
    package let seconds: Double
    /// Of those, inverting and editing the photo.
    package let inverting, editing: Double
    /// Peak resident memory of the process in MiB, all networks loaded.
    package let peakMemory: Double?

    /// Sends each photo once, by itself.
    ///
    /// - Parameters:
    ///   - photos: squares in the FFHQ frame, all of one size.
    ///   - requests: the edits that are asked for, photo by photo; nothing when empty.
    ///   - snr: Es/N0 in dB.
    package init(
        of chain: any Chain,
        photos: [(name: String, picture: Picture)],
        requests: [[EditRequest]],
        snr: Double
    ) throws {
        ProcessMemory.resetPeak()
        var shared: [String: Double] = [:]
        let began = ContinuousClock.now
        for (index, photo) in photos.enumerated() {
            let asked = requests.isEmpty ? [] : requests[index % requests.count]
            let face = ComparedFace(name: photo.name, photo: photo.picture, requests: asked)
            _ = try chain.received(face, snr: snr, seeds: [1])
            shared.merge(face.seconds, uniquingKeysWith: +)
        }
        let count = Double(max(1, photos.count))
        seconds = (ContinuousClock.now - began) / .seconds(1) / count
        (inverting, editing) = (shared["inverting", default: 0] / count, shared["editing", default: 0] / count)
        (self.chain, resolution, pictures) = (chain.name, photos.first?.picture.width ?? 0, photos.count)
        peakMemory = ProcessMemory.peak
    }
}
