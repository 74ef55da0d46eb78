import Imaging
import Networks
import Tensor

/// What makes of a picture the features that distances of sets of pictures compare; the distances are named after it.
package struct FeatureTrunk: Sendable {
    /// Whose features.
    package enum Kind: String, Codable, Sendable, CaseIterable {
        /// The mean over the picture of relu5_3 of the VGG16 that LPIPS uses, 512 numbers.
        case vgg16
        /// The 2,048 of pytorch-fid's Inception, those of published figures; who has the network imports it.
        case inception

        /// As people call it.
        package var name: String { self == .vgg16 ? "VGG16 relu5_3" : "Inception pool3" }
        /// The names of distances of these features: the published ones are of Inception's.
        package var frechetName: String { self == .vgg16 ? "FID-VGG16" : "FID" }
        /// The same of the kernel distance.
        package var kernelName: String { self == .vgg16 ? "KID-VGG16" : "KID" }
        /// Numbers in a picture's features.
        package var width: Int { self == .vgg16 ? 512 : InceptionTrunk.width }
    }

    private enum Network: Sendable {
        case vgg16(LPIPS, edge: Int)
        case inception(InceptionTrunk)
    }

    /// Pixels of a side to which VGG16's pictures are brought first, the network's own: features of pictures of
    /// different sizes could not be compared.
    package static let usualEdge = 224

    package let kind: Kind
    private let network: Network

    /// - Parameter edge: to which VGG16's pictures are brought; smaller where all of them are smaller, at a third of
    ///   the time.
    /// - Throws: `ModelStoreError` when the network is not installed.
    package init(_ kind: Kind = .vgg16, models: ModelStore, edge: Int = usualEdge) throws {
        self.kind = kind
        network =
            kind == .vgg16
            ? .vgg16(try models.lpips(.vgg16), edge: edge) : .inception(try models.inceptionTrunk())
    }

    /// The features of a picture, squeezed or stretched to the network's square: none is negative.
    package func features(of picture: Picture) -> [Float] {
        switch network {
        case .inception(let trunk): return trunk.features(of: picture.networkInput.value)
        case .vgg16(let lpips, let edge):
            let layer = lpips.deepestFeatures(of: picture.resizedArea(width: edge, height: edge).networkInput)
            var sums = [Double](repeating: 0, count: kind.width)
            layer.withUnsafeBufferPointer { values in
                for (place, value) in values.enumerated() { sums[place % sums.count] += Double(value) }
            }
            let pixels = Double(layer.count / kind.width)
            return sums.map { Float($0 / pixels) }
        }
    }
}
