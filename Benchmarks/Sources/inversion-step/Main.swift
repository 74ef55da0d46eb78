import Foundation
import Tensor

/// `inversion-step [--models DIR] [--golden FILE] [--steps N] [--what step|picture|lpips] [--precision single|bfloat16]`:
/// checks one inversion step against PyTorch's values, then prints the median of N timed steps as a JSON line; or of as many
/// pictures of 1024 pixels, or of LPIPS of two pictures of 256.
@main
struct Main {
    private struct Report: Encodable {
        var implementation = "editable-deepsc"
        let what: String
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
        guard let precision = ProductPrecision(rawValue: option("--precision", "single")),
            let body = inversion.body(option("--what", "step"), precision: precision)
        else {
            FileHandle.standardError.write(Data("--what step, picture or lpips; --precision single or bfloat16\n".utf8))
            exit(2)
        }
        // Packed weights are made on first use.
        for _ in 0..<2 { body() }
        let requests = Arena.systemRequests
        let clock = ContinuousClock()
        let times = (0..<max(1, Int(option("--steps", "9")) ?? 9)).map { _ in
            let duration = clock.measure(body).components
            return Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
        }
        let report = Report(
            implementation: "editable-deepsc" + (precision == .bfloat16 ? ", bfloat16" : ""),
            what: option("--what", "step"),
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
