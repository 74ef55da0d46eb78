import Channel
import Tensor

/// A modulation and a code rate.
struct TransmissionScheme: Sendable, Equatable, CustomStringConvertible {
    let modulation: Modulation
    /// Information bits per coded bit, as numerator and denominator.
    let rate: (Int, Int)

    var description: String { "\(1 << modulation.bitsPerSymbol)-QAM \(rate.0)/\(rate.1)" }

    static func == (a: TransmissionScheme, b: TransmissionScheme) -> Bool {
        a.modulation == b.modulation && a.rate == b.rate
    }

    /// 4, 16 and 64-QAM at the rates 1/3, 1/2, 2/3 and 5/6.
    static let all = [Modulation.qpsk, .qam16, .qam64].flatMap { modulation in
        [(1, 3), (1, 2), (2, 3), (5, 6)].map { TransmissionScheme(modulation: modulation, rate: $0) }
    }

    /// The code for so many uses of the channel; nil where not a byte fits.
    func code(channelUses: Int) -> TransportBlockCode? {
        let ratio = Double(rate.0) / Double(rate.1)
        let bytes = TransportBlockCode.payloadBytes(
            channelUses: channelUses,
            modulation: modulation,
            rate: ratio
        )
        guard bytes > 0 else { return nil }
        return TransportBlockCode(
            payloadBytes: bytes,
            channelUses: channelUses,
            modulation: modulation,
            rate: ratio
        )
    }
}

/// The scheme for an SNR: the envelope over all, since any one of them only shows a cliff.
enum LinkAdaptation {
    /// Blocks that are tried.
    private static let trials = 40
    /// Of those, blocks that may be lost: about one in fifty.
    private static let mostLost = 1

    /// The scheme that carries most of those that hardly ever lose a block.
    ///
    /// - Parameters:
    ///   - channelUses: complex symbols of a block.
    ///   - snr: Es/N0 in dB.
    ///   - seed: of payloads and noise.
    /// - Returns: nil where every scheme loses too many.
    static func scheme(
        channelUses: Int,
        snr: Double,
        seed: UInt64
    ) -> (scheme: TransmissionScheme, code: TransportBlockCode)? {
        let codes = TransmissionScheme.all.compactMap { scheme in
            scheme.code(channelUses: channelUses).map { (scheme: scheme, code: $0) }
        }
        // More than the capacity arrives hardly ever.
        let capacity = SeparateEvaluation.capacity(channelUses: channelUses, snr: snr)
        let possible = codes.filter { $0.code.payloadBytes <= capacity }
        for candidate in possible.sorted(by: { $0.code.payloadBytes > $1.code.payloadBytes }) {
            var link = SimulatedLink(seed: seed)
            var random = SeededGenerator(seed: seed)
            var lost = 0
            for _ in 0..<trials where lost <= mostLost {
                let payload = (0..<candidate.code.payloadBytes).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                if candidate.code.sent(payload, over: &link, snr: snr) != payload { lost += 1 }
            }
            if lost <= mostLost { return candidate }
        }
        return nil
    }
}

extension TransportBlockCode {
    /// A payload as the receiver has it after the daemons' modem and noise; nil where it is lost, or nothing is heard.
    func sent(_ payload: [UInt8], over link: inout SimulatedLink, snr: Double) -> [UInt8]? {
        guard let received = try? link.received(encode(payload).interleaved, snr: snr) else { return nil }
        let variances = stride(from: 0, to: received.noiseVariance.count, by: 2).map {
            received.noiseVariance[$0] + received.noiseVariance[$0 + 1]
        }
        return decode([ComplexSymbol](interleaved: received.values), noiseVariances: variances)
    }
}
