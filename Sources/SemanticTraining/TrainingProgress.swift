/// One line of a training's progress.
package struct TrainingProgress: Sendable {
    /// Steps done and steps in all.
    package let step: Int
    package let steps: Int
    /// Mean loss since the last report.
    package let loss: Double
    /// One short phrase for people: the parts of the loss, the accuracy.
    package let note: String
    /// Seconds until the end at the present pace.
    package let secondsLeft: Double

    package init(step: Int, steps: Int, loss: Double, note: String, secondsLeft: Double) {
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
