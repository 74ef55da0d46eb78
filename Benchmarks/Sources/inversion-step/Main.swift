import Foundation
import Tensor

/// `inversion-step [--models DIR] [--golden FILE] [--steps N]`: checks one inversion step against PyTorch's values,
/// then prints the median of N timed steps as a JSON line.
@main
struct Main {
    private struct Report: Encodable {
        let implementation = "editable-deepsc"
        let median: Double
        let times: [Double]
        let peakTensorBytes: Int
        let systemRequestsPerStep: Double
    }

    static func main() throws {
        let inversion = try InversionStep(
            models: option("--models", "Models"),
            golden: option("--golden", "Benchmarks/inversion-step.json")
        )
        if let problem = inversion.check() {
            FileHandle.standardError.write(Data("inversion step disagrees with PyTorch: \(problem)\n".utf8))
            exit(1)
        }
        let requests = Arena.systemRequests
        let clock = ContinuousClock()
        let times = (0..<max(1, Int(option("--steps", "9")) ?? 9)).map { _ in
            let duration = clock.measure { _ = inversion.step() }.components
            return Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
        }
        let report = Report(
            median: times.sorted()[times.count / 2],
            times: times,
            peakTensorBytes: Tensor.peakBytes,
            systemRequestsPerStep: Double(Arena.systemRequests - requests) / Double(times.count)
        )
        print(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
    }

    private static func option(_ name: String, _ fallback: String) -> String {
        let arguments = CommandLine.arguments
        guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else { return fallback }
        return arguments[index + 1]
    }
}
