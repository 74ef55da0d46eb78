import Tensor

/// A distance between pictures that follows what people see.
public protocol PerceptualDistance: Sendable {
    /// One distance per sample [N] between pictures [N,H,W,3] in −1…1; gradients flow to both.
    func distance(_ a: Variable, _ b: Variable) -> Variable
}
