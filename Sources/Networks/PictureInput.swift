import Imaging
import Tensor

extension Picture {
    /// The picture as networks take it: [1, height, width, 3] in [−1, 1].
    public var networkInput: Variable { Variable(Tensor(signed, shape: [1, height, width, 3])) }
}

extension Variable {
    /// Ends the program where these are not faces [N, edge, edge, 3]: the network that asks takes no others.
    func requireFaces(edge: Int) {
        precondition(Array(shape.dropFirst()) == [edge, edge, 3], "faces of \(edge)x\(edge), not \(shape)")
    }
}
