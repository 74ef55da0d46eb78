import Channel
import Foundation

/// `channel-model [--packet SYMBOLS] [--symbols COUNT] [--reference SYMBOLS_PER_SECOND]`: symbols a processor-second of plain
/// noise, the model alone, as a JSON line; with a reference, such as that of GNU Radio's `channel_model` block on the same
/// machine, its multiple as well.
@main
struct Main {
    private struct Report: Encodable {
        let symbolsPerProcessorSecond: Double
        let ratio: Double?
    }

    static func main() throws {
        let packet = max(1, Int(option("--packet") ?? "") ?? 350)
        let count = max(packet, Int(option("--symbols") ?? "") ?? 50_000_000)
        let channel = AWGNChannel(snrDB: 12, seed: 1)
        let sent = [ComplexSymbol](repeating: ComplexSymbol(i: 0.7, q: -0.7), count: packet)
        var sum: Float = 0
        let begin = clock()
        for first in stride(from: 0, to: count, by: packet) {
            sum += channel.apply(sent, stream: 1, firstIndex: UInt64(first))[0].i
        }
        let seconds = Double(clock() - begin) / Double(CLOCKS_PER_SEC)
        // Used, so that it is computed.
        guard sum.isFinite else { throw CocoaError(.featureUnsupported) }
        let symbols = Double((count + packet - 1) / packet * packet) / seconds
        let reference = option("--reference").flatMap(Double.init)
        let report = Report(symbolsPerProcessorSecond: symbols, ratio: reference.map { symbols / $0 })
        print(String(decoding: try JSONEncoder().encode(report), as: UTF8.self))
    }

    private static func option(_ name: String) -> String? {
        guard let index = CommandLine.arguments.firstIndex(of: name), index + 1 < CommandLine.arguments.count else {
            return nil
        }
        return CommandLine.arguments[index + 1]
    }
}
