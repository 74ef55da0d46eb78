import CKernels
import Testing

@testable import Tensor

@Suite struct HalvesTests {
    /// Every half there is, at every width, against Swift's own.
    @Test func widthsAgreeOnEveryHalf() {
        let all = (UInt16.min...UInt16.max).map { $0 }
        defer { ck_limit_vector_bits(512) }
        for bits: Int32 in [128, 256, 512] {
            ck_limit_vector_bits(bits)
            // A count that fills no whole number of vectors.
            var floats = [Float](repeating: 0, count: all.count)
            ck_half_to_float(all, all.count - 1, &floats)
            for (half, float) in zip(all.dropLast(), floats) {
                let expected = Float(Float16(bitPattern: half))
                #expect(float.bitPattern == expected.bitPattern || float.isNaN && expected.isNaN)
            }
            #expect(floats[all.count - 1] == 0)
        }
    }

    /// Also where they lie at an odd place; too few or too many are no halves of the tensor.
    @Test func tensorsTakeHalves() {
        let halves: [Float16] = [1.5, -2, 0.25]
        let bytes = halves.withUnsafeBytes { [0] + Array($0) }
        let tensor = Tensor(zeros: [3])
        bytes.withUnsafeBytes { tensor.setHalves(UnsafeRawBufferPointer(rebasing: $0[1...])) }
        #expect(tensor.values == [1.5, -2, 0.25])
        bytes.withUnsafeBytes { tensor.setHalves($0) }
        #expect(tensor.values == [1.5, -2, 0.25])
    }
}
