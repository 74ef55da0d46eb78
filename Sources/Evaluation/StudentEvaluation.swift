import Foundation
import Networks
import SemanticCoding
import Tensor

/// How near the 128-pixel student comes to its teacher.
package struct StudentScore: Encodable, Sendable {
    package let latents: Int
    package let truncation: Float
    /// Mean and median LPIPS (VGG16) to the teacher's area-downsampled picture.
    package let lpipsMean, lpipsMedian: Double
    /// Mean of the pictures' PSNRs, in dB.
    package let psnrMean: Double
    /// Median seconds of one forward pass at batch 1: the teacher's 1024 pixels, the student's 128.
    package let teacherSeconds, studentSeconds: Double
}

/// Compares student and teacher on latents that training has not seen.
package enum StudentEvaluation {
    package static func score(
        student: StudentGenerator,
        teacher: MobileStyleGAN,
        lpips: LPIPS,
        statistics: LatentStatistics,
        count: Int,
        truncation: Float,
        seed: UInt64,
        progress: (Int) -> Void = { _ in }
    ) -> StudentScore {
        var random = SeededGenerator(seed: seed ^ 0x4556_414C)
        var (distances, ratios): ([Double], [Double]) = ([], [])
        var seconds: (teacher: [Double], student: [Double]) = ([], [])
        for index in 0..<count {
            progress(index)
            let w = statistics.sample(by: teacher, truncation: truncation, using: &random)
            let target = teacher.synthesize(w, resolution: 128)
            let picture = timed(&seconds.student) { student.synthesize(w, resolution: 128) }
            if index < 20 { _ = timed(&seconds.teacher) { teacher.synthesize(w, resolution: 1024) } }
            distances.append(Double(lpips.distance(picture, target).scalar))
            // Peak to peak is 2.
            ratios.append(10 * log10(4 / Double((picture - target).squared().mean().scalar)))
        }
        return StudentScore(
            latents: count,
            truncation: truncation,
            lpipsMean: distances.reduce(0, +) / Double(count),
            lpipsMedian: distances.sorted()[count / 2],
            psnrMean: ratios.reduce(0, +) / Double(count),
            teacherSeconds: seconds.teacher.sorted()[seconds.teacher.count / 2],
            studentSeconds: seconds.student.sorted()[seconds.student.count / 2]
        )
    }

    private static func timed<T>(_ seconds: inout [Double], _ body: () -> T) -> T {
        let began = ContinuousClock.now
        let result = body()
        seconds.append((ContinuousClock.now - began).seconds)
        return result
    }
}
