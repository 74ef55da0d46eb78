import Testing

@testable import Tensor

/// One at a time: the clock is the process's.
@Suite(.serialized) struct KernelClockTests {
    @Test func productsAreCountedWhileItRuns() {
        let a = Variable(Tensor([Float](repeating: 1, count: 64 * 96), shape: [64, 96]))
        let b = Variable(Tensor([Float](repeating: 1, count: 96 * 80), shape: [96, 80]))
        let (product, kernels) = KernelClock.measure { a.matmul(b) }
        #expect(product.value.values.allSatisfy { $0 == 96 })
        let reading = kernels[.product]
        #expect((reading?.calls ?? 0) >= 1 && (reading?.seconds ?? 0) > 0)
        // Shared out among threads, each piece reads all of the other factor.
        let operations = Double(2 * 64 * 96 * 80)
        #expect(reading?.operations == operations)
        let (bytes, least) = (reading?.bytes ?? 0, Double(4 * (64 * 96 + 96 * 80 + 64 * 80)))
        #expect(bytes >= least)
        #expect(kernels[.haar] == nil && kernels[.depthwise] == nil)
        // What happens between two measurements belongs to neither.
        _ = a.matmul(b)
        #expect(KernelClock.measure { 7 }.1.isEmpty)
    }

    @Test func kindsAreToldApart() {
        let x = Variable(Tensor([Float](repeating: 0.5, count: 8 * 8 * 16), shape: [1, 8, 8, 16]))
        let kernels = KernelClock.measure { x.inverseHaar().leakyReLU(slope: 0.2).maxPooled(size: 2, stride: 2) }.1
        #expect(kernels[.haar]?.calls == 8 && kernels[.product] == nil)
        #expect((kernels[.haar]?.bytes ?? 0) > 0 && (kernels[.haar]?.operations ?? 0) > 0)
        var sum = KernelClock.Reading()
        for reading in kernels.values { sum += reading }
        #expect(sum.calls == kernels.values.reduce(0) { $0 + $1.calls } && sum.seconds > 0)
    }

    @Test func theMachinesPeaksAreMeasured() {
        let peaks = MachinePeaks()
        #expect(peaks.threads >= 1 && [128, 256, 512].contains(peaks.vectorBits))
        #expect(peaks.single > 1e8 && peaks.copy > 1e8 && (peaks.bfloat16 ?? 1e9) > 1e8)
        #expect((peaks.bfloat16 != nil) == BFloat16Matrix.areSupported)
    }
}
