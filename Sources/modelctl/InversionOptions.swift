import ArgumentParser
import SemanticCoding
import Tensor

/// How an inversion goes, where it should not go as its mode has it.
struct InversionOptions: ParsableArguments {
    @Option(help: "Gradient steps (T_inv); by default as many as the mode takes.") var steps: Int?
    @Option(help: "How many of them, the first ones, go through the 128-pixel student; by default as in the mode.")
    var studentSteps: Int?
    @Option(help: "Share of the loss that a step must win, on average over six, for the search to go on; 0: all steps.")
    var leastGain: Float?
    @Option(help: "Weight of how unlike photos' codes a code is; by default as in the mode.") var priorWeight: Float?
    @Option(help: "Where to begin: encoder (expanded codes only) or mean; by default as in the mode.")
    var start: InversionStart?
    @Option(help: "adam or lbfgs; by default as in the mode.") var optimizer: InversionOptimizer?
    @Option(help: "Of the networks' products: bfloat16 or single; by default as in the mode.")
    var precision: ProductPrecision?

    /// The mode's settings with what was chosen.
    ///
    /// - Throws: `ValidationError` where they make no sense.
    func settings(_ mode: SemanticMode, resolution: Int) throws -> SemanticSettings {
        var settings = settings(mode)
        settings.workingResolution = resolution
        if let complaint = settings.complaint { throw ValidationError(complaint) }
        return settings
    }

    /// The same at the mode's resolution, not checked yet.
    func settings(_ mode: SemanticMode) -> SemanticSettings {
        var settings = SemanticSettings(mode: mode)
        settings.inversionSteps = steps ?? settings.inversionSteps
        settings.studentSteps = studentSteps ?? settings.studentSteps
        settings.leastGain = leastGain ?? settings.leastGain
        settings.priorWeight = priorWeight ?? settings.priorWeight
        settings.start = start ?? settings.start
        settings.optimizer = optimizer ?? settings.optimizer
        settings.precision = precision ?? settings.precision
        return settings
    }
}

extension InversionStart: ExpressibleByArgument {}
extension InversionOptimizer: ExpressibleByArgument {}
extension ProductPrecision: ExpressibleByArgument {}
