/// One line of a training's progress.
public struct TrainingProgress: Sendable {
    /// Steps done and steps in all.
    public let step: Int
    public let steps: Int
    /// Mean loss since the last report.
    public let loss: Double
    /// One short phrase for people: the parts of the loss, the accuracy.
    public let note: String
    /// Seconds until the end at the present pace.
    public let secondsLeft: Double

    public init(step: Int, steps: Int, loss: Double, note: String, secondsLeft: Double) {
        self.step = step
        self.steps = steps
        self.loss = loss
        self.note = note
        self.secondsLeft = secondsLeft
    }

    /// After `step` of `steps`, when this run began with step number `first`, at `began`.
    init(step: Int, steps: Int, first: Int, began: ContinuousClock.Instant, loss: Double, note: String) {
        let pace = (ContinuousClock.now - began).seconds / Double(max(1, step - first))
        self.init(step: step, steps: steps, loss: loss, note: note, secondsLeft: pace * Double(steps - step))
    }
}
