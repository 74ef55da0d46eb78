import Imaging
import Tensor

extension Picture {
    /// The picture as networks take it: [1, height, width, 3] in [−1, 1].
    public var networkInput: Variable { Variable(Tensor(signed, shape: [1, height, width, 3])) }
}
