import Imaging
import Networks
import Tensor

/// What makes of a picture the features that distances of sets of pictures compare.
///
/// FID and KID are published with the features of an Inception network, which the project does not have. This trunk is
/// VGG16's, trained on ImageNet, that LPIPS uses: the mean over the picture of relu5_3, 512 numbers. Distances are
/// named after it and never set beside published ones.
package struct FeatureTrunk: Sendable {
    /// The network and its layer.
    package let name = "VGG16 relu5_3"
    /// The names of distances of these features.
    package let frechetName = "FID-VGG16", kernelName = "KID-VGG16"
    /// Numbers in a picture's features.
    package static let width = 512
    /// Pixels of a side to which every picture is brought first, the network's own: features of pictures of different
    /// sizes could not be compared.
    package static let usualEdge = 224

    private let network: LPIPS
    private let edge: Int

    /// - Parameter edge: to which pictures are brought; smaller where all of them are smaller, at a third of the time.
    /// - Throws: `ModelStoreError` when VGG16 is not installed.
    package init(models: ModelStore, edge: Int = usualEdge) throws {
        (network, self.edge) = (try models.lpips(.vgg16), edge)
    }

    /// The features of a picture, squeezed or stretched to a square of that edge: 512 numbers, none negative.
    package func features(of picture: Picture) -> [Float] {
        let input = picture.resizedArea(width: edge, height: edge).networkInput
        let layer = network.deepestFeatures(of: input)
        var sums = [Double](repeating: 0, count: Self.width)
        layer.withUnsafeBufferPointer { values in
            for (place, value) in values.enumerated() { sums[place % Self.width] += Double(value) }
        }
        let pixels = Double(layer.count / Self.width)
        return sums.map { Float($0 / pixels) }
    }
}
