import CKernels
import Testing

struct OpenBLASTests {
    /// An OpenBLAS older than the processor falls back to kernels without AVX2; it must have been told better.
    @Test func usesWhatTheProcessorHas() {
        let core = String(cString: ck_openblas_core())
        #expect(!core.isEmpty)
        guard ck_vector_bits() >= 256 else { return }
        #expect(["Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids"].contains(core))
    }
}
