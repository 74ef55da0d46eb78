import Basics
import Foundation
import SemanticCoding
import TestSupport
import Testing

@testable import Evaluation

@Suite(.serialized) struct JobProfileTests {
    @Test func everyStageIsTimedAndItsKernelsAreNamed() throws {
        var settings = SemanticSettings()
        (settings.inversionSteps, settings.matchingSteps, settings.workingResolution) = (1, 1, 128)
        var told: [String] = []
        let profile = try JobProfile(
            models: installedModels,
            settings: settings,
            photo: AtomicFile.read(installedModels.root + "/../docs/images/astronaut.png"),
            sentence: "make her look older",
            resolution: 128,
            snr: 12
        ) { told.append($0) }
        #expect(profile.stages.map(\.name) == told && told.count == 12)
        #expect(profile.stages.allSatisfy { $0.seconds > 0 })
        let named = Dictionary(uniqueKeysWithValues: profile.stages.map { ($0.name, $0.kernels) })
        #expect(named["invert, 1 steps"]?.keys.contains("product") == true)
        #expect(named["estimate and draw, 128 pixels"]?.keys.contains("depthwise") == true)
        // Threads cannot have worked longer than there was time.
        for stage in profile.stages {
            let kernels = stage.kernels.values.reduce(0) { $0 + $1.seconds }
            #expect(kernels <= 1.01 * stage.seconds * Double(profile.peaks.threads) + 0.001, "\(stage.name)")
        }
        let sum = profile.stages.reduce(0) { $0 + ($1.kernels["product"]?.operations ?? 0) }
        #expect(sum > 1e9 && profile.kernels[.product]?.operations == sum)
        let lines = profile.table.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines.count == told.count + 7 + profile.kernels.count)
        #expect(lines[0].hasPrefix("stage") && lines.contains { $0.hasPrefix("product ") && $0.contains("GFLOP/s") })
        #expect(lines.allSatisfy { $0.count <= 120 && !$0.hasSuffix(" ") })
    }
}
