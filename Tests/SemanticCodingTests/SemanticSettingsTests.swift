import Testing

@testable import SemanticCoding

@Suite struct SemanticSettingsTests {
    /// `--mode paper` of a daemon that is set up for another mode.
    @Test func anotherModeKeepsWhatHasNothingToDoWithTheMode() {
        var settings = SemanticSettings(mode: .full)
        (settings.workingResolution, settings.seed, settings.editSteps, settings.draftSteps) = (128, 7, 5, 1)
        (settings.inversionSteps, settings.lpipsWeight, settings.matchingSteps) = (9, 2, 3)
        let paper = settings.of(.paper)
        #expect((paper.workingResolution, paper.seed, paper.editSteps, paper.draftSteps) == (128, 7, 5, 1))
        #expect(paper.lpipsWeight == 2 && paper.matchingSteps == 3)
        // As published: 110 steps of Adam from the mean.
        #expect(paper.mode == .paper && paper.inversionSteps == 110 && paper.start == .mean && paper.complaint == nil)
        #expect(settings.of(.full).inversionSteps == 9)
    }
}
