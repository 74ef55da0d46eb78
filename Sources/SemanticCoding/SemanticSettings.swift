import Networks
import Tensor

/// Everything about semantic coding that an operator may choose. Defaults are the shipped ones.
public struct SemanticSettings: Codable, Sendable, Equatable {
    /// How codes are made for the channel, unless an order says otherwise.
    public var mode = SemanticMode.full
    /// Which numbers stand for a face.
    public var code = LatentKind.expanded
    /// T_inv of the paper's eq. 9: gradient steps of one inversion.
    public var inversionSteps = 48
    /// How many of them, the first ones, go through the 128-pixel student: half the time each, and hardly any gain after the
    /// encoder.
    public var studentSteps = 0
    /// Steps that lower the loss by less than this share, on average over six, are the last ones through the student or
    /// through the generator; 0: all steps are taken.
    public var leastGain: Float = 0
    /// Where an inversion begins.
    public var start = InversionStart.encoder
    /// How it goes on.
    public var optimizer = InversionOptimizer.lbfgs
    /// Of the networks' products while an inversion searches: half is faster and ends at about the same LPIPS.
    public var precision = ProductPrecision.bfloat16
    /// λ of the paper's eq. 8: weight of LPIPS against the mean squared error of pictures in [−1, 1].
    public var lpipsWeight: Float = 3.3
    /// Weight of 1 − cosine of the SFace embeddings, of which the paper's eq. 8 knows nothing.
    public var identityWeight: Float = 0.2
    /// Weight of the code's squared Mahalanobis distance from photos' codes (`CodePrior`): farther ones come nearer to the photo, but
    /// are edited worse and suffer more from strong noise.
    public var priorWeight: Float = 0.05
    /// η_inv of the paper's eq. 9: Adam's peak learning rate (5 % linear ramp up, cosine over the last 25 %).
    public var learningRate: Float = 0.25
    /// Shortens Adam's steps along coordinates whose gradients are faint: see `Adam`.
    public var damping: Float = 0.3
    /// Standard deviation of the noise on the code in the first steps of an inversion; it fades out. W's own root mean
    /// variance is 0.44.
    public var latentNoise: Float = 0.05
    /// Seed of that noise.
    public var seed: UInt64 = 1
    /// Edge, in pixels, of the picture on which inversion and attribute matching work: 128, 256 or 512.
    public var workingResolution = 256
    /// T_edit of the paper's eq. 11: most editing steps before attribute matching gives up.
    public var editSteps = 24
    /// Steps that refine an edit (`EditRefinement`); 0: none.
    public var editRefinementSteps = 12
    /// Steps that match the code to the channel; 0: none.
    public var matchingSteps = 16
    /// Gradient steps of a first picture, through the student.
    public var draftSteps = 2
    /// Where the process of the codec `external` is; of no concern to the others.
    public var external: ExternalSettings?

    /// The shipped settings.
    public init() {}

    /// The shipped settings, or those nearest to the paper: plain W, 110 steps of Adam as published, from the mean.
    public init(mode: SemanticMode) {
        self.mode = mode
        guard mode == .paper else { return }
        code = .w
        (start, optimizer) = (.mean, .adam)
        (inversionSteps, studentSteps) = (110, 0)
        precision = .single
        learningRate = 0.2
        damping = 0
        identityWeight = 0
        priorWeight = 0
        editRefinementSteps = 0
    }

    /// The settings of another mode: what has to do with the mode is as shipped, all else as it is here.
    public func of(_ mode: SemanticMode) -> SemanticSettings {
        guard mode != self.mode else { return self }
        var settings = SemanticSettings(mode: mode)
        (settings.lpipsWeight, settings.latentNoise, settings.seed) = (lpipsWeight, latentNoise, seed)
        (settings.workingResolution, settings.leastGain) = (workingResolution, leastGain)
        (settings.editSteps, settings.matchingSteps, settings.draftSteps) = (editSteps, matchingSteps, draftSteps)
        return settings
    }

    /// Says what is wrong with the settings, or nothing.
    public var complaint: String? {
        if !(0...2000).contains(inversionSteps) { return "inversion_steps must be 0 to 2000, not \(inversionSteps)" }
        if !(0...2000).contains(studentSteps) { return "student_steps must be 0 to 2000, not \(studentSteps)" }
        if !(leastGain >= 0 && leastGain < 1) { return "least_gain must be in [0, 1), not \(leastGain)" }
        if !(lpipsWeight >= 0 && lpipsWeight <= 100) { return "lpips_weight must be 0 to 100, not \(lpipsWeight)" }
        if !(learningRate > 0 && learningRate <= 10) { return "learning_rate must be in (0, 10], not \(learningRate)" }
        if !(identityWeight >= 0 && identityWeight <= 100) {
            return "identity_weight must be 0 to 100, not \(identityWeight)"
        }
        if !(priorWeight >= 0 && priorWeight <= 100) { return "prior_weight must be 0 to 100, not \(priorWeight)" }
        if start == .encoder, code == .w {
            return "start = \"encoder\" knows expanded codes only: mode = \"paper\" starts at the mean"
        }
        if !(damping >= 0 && damping <= 10) { return "damping must be 0 to 10, not \(damping)" }
        if !(latentNoise >= 0 && latentNoise <= 10) { return "latent_noise must be 0 to 10, not \(latentNoise)" }
        if ![128, 256, 512].contains(workingResolution) {
            return "working_resolution must be 128, 256 or 512, not \(workingResolution)"
        }
        if !(1...200).contains(editSteps) { return "edit_steps must be 1 to 200, not \(editSteps)" }
        if !(0...200).contains(editRefinementSteps) {
            return "edit_refinement_steps must be 0 to 200, not \(editRefinementSteps)"
        }
        if !(0...200).contains(draftSteps) { return "draft_steps must be 0 to 200, not \(draftSteps)" }
        if !(0...200).contains(matchingSteps) { return "matching_steps must be 0 to 200, not \(matchingSteps)" }
        return nil
    }
}

/// How a photo is coded for the channel.
public enum SemanticMode: String, Codable, Sendable, CaseIterable {
    /// The best that is known: as `linear`, and the code is matched to the channel.
    case full
    /// Codes that an expansion turns into W+, power allocated to their axes for the channel's SNR.
    case linear
    /// Plain W as it is, as in the paper.
    case paper
}
