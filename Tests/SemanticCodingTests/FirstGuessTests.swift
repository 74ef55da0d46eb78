import Imaging
import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding

@Suite struct FirstGuessTests {
    @Test func itIsTheDocumentedSum() {
        var weight = [Float](repeating: 0, count: 2 * FirstGuess.inputs)
        weight[0] = 2
        weight[FirstGuess.inputs + 4] = -1
        let guess = FirstGuess(
            weight: Tensor(weight, shape: [2, FirstGuess.inputs]),
            picture: [Float](repeating: 0.5, count: FirstGuess.inputs)
        )
        // Red is 1, green is −1; the second weight looks at the second pixel's green.
        let offset = guess.offset(for: Picture(width: 64, height: 64, red: 255, green: 0, blue: 0))
        #expect(offset == [2 * 0.5, 1.5])
    }

    @Test func weightsOfAnotherShapeAreRefused() throws {
        let folder = try TemporaryDirectory()
        func write(_ weight: [Int], _ picture: [Int]?) throws -> SafetensorsFile {
            var tensors = [(name: "weight", tensor: Tensor(zeros: weight), half: true)]
            if let picture { tensors.append((name: "picture", tensor: Tensor(zeros: picture), half: true)) }
            try SafetensorsWriter.write(tensors, metadata: [:], to: folder.path + "/guess")
            return try SafetensorsFile(path: folder.path + "/guess")
        }
        _ = try FirstGuess(file: write([512, 3072], [3072]))
        for (weight, picture) in [([512, 768], [3072]), ([256, 3072], [3072]), ([512, 3072], [32, 32, 3])] {
            let file = try write(weight, picture)
            let error = #expect(throws: SafetensorsError.self) { try FirstGuess(file: file) }
            guard case .shapeMismatch? = error else {
                Issue.record("\(weight) and \(picture) end in \(error.map(String.init(describing:)) ?? "no error")")
                continue
            }
        }
        let file = try write([512, 3072], nil)
        #expect(throws: SafetensorsError.self) { try FirstGuess(file: file) }
        #expect(throws: ModelStoreError.self) { try FirstGuess(models: ModelStore(root: folder.path)) }
    }
}
