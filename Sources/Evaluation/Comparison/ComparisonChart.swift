import Foundation

/// One measure against the SNR, a line with its interval for each chain, as SVG.
struct ComparisonChart {
    /// What is drawn.
    enum Measure: String, CaseIterable {
        case lpips = "LPIPS (VGG16)"
        case alex = "LPIPS (AlexNet)"
        case cosine = "SFace cosine"
        case psnr = "PSNR, dB"

        func interval(_ row: ComparisonSummary) -> Bootstrap {
            switch self {
            case .lpips: row.lpips
            case .alex: row.lpipsAlex
            case .cosine: row.cosine
            case .psnr: row.psnr
            }
        }
    }

    let measure: Measure
    let summaries: [ComparisonSummary]
    let chains: [String]

    private static let colours = [
        "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#000000",
    ]
    private static let (width, height, left, bottom, top) = (420.0, 280.0, 44.0, 34.0, 24.0)

    var svg: String {
        let rows = summaries.map { ($0, measure.interval($0)) }
        let (low, high) = Self.range(rows.flatMap { [$0.1.lower, $0.1.upper] })
        let (first, last) = Self.range(rows.map(\.0.snr))
        func x(_ snr: Double) -> Double {
            Self.left + (snr - first) / max(1e-9, last - first) * (Self.width - Self.left - 10)
        }
        func y(_ value: Double) -> Double {
            Self.height - Self.bottom
                - (value - low) / max(1e-9, high - low) * (Self.height - Self.bottom - Self.top)
        }
        func text(_ words: String, _ x: Double, _ y: Double, anchor: String = "start") -> String {
            "<text x=\"\(Self.short(x))\" y=\"\(Self.short(y))\" text-anchor=\"\(anchor)\">\(words)</text>"
        }
        var parts = [text(measure.rawValue, Self.left, 14)]
        for step in 0...4 {
            let value = low + (high - low) * Double(step) / 4
            parts.append(
                "<line x1=\"\(Self.short(Self.left))\" x2=\"\(Self.short(Self.width - 10))\" y1=\"\(Self.short(y(value)))\""
                    + " y2=\"\(Self.short(y(value)))\" stroke=\"#8884\"/>"
            )
            parts.append(text(String(format: "%.2f", value), Self.left - 4, y(value) + 4, anchor: "end"))
        }
        for snr in Set(rows.map(\.0.snr)).sorted() {
            parts.append(text(String(format: "%g", snr), x(snr), Self.height - Self.bottom + 14, anchor: "middle"))
        }
        parts.append(text("Es/N0, dB", Self.width - 10, Self.height - 6, anchor: "end"))
        for (index, chain) in chains.enumerated() {
            let colour = Self.colours[index % Self.colours.count]
            let own = rows.filter { $0.0.chain == chain }.sorted { $0.0.snr < $1.0.snr }
            guard !own.isEmpty else { continue }
            func points(_ value: (Bootstrap) -> Double) -> [String] {
                own.map { "\(Self.short(x($0.0.snr))),\(Self.short(y(value($0.1))))" }
            }
            let band = points(\.lower) + points(\.upper).reversed()
            parts.append("<polygon points=\"\(band.joined(separator: " "))\" fill=\"\(colour)\" fill-opacity=\".15\"/>")
            parts.append(
                "<polyline points=\"\(points(\.value).joined(separator: " "))\" fill=\"none\" stroke=\"\(colour)\""
                    + " stroke-width=\"2\"/>"
            )
            parts += own.map {
                "<circle cx=\"\(Self.short(x($0.0.snr)))\" cy=\"\(Self.short(y($0.1.value)))\" r=\"3\" fill=\"\(colour)\"/>"
            }
            let line = Self.height + 14 * Double(index)
            parts.append(
                "<rect x=\"\(Self.short(Self.left))\" y=\"\(Self.short(line - 8))\" width=\"10\" height=\"10\""
                    + " fill=\"\(colour)\"/>"
            )
            parts.append(text(chain, Self.left + 16, line + 1))
        }
        let whole = Self.height + 14 * Double(chains.count)
        return "<svg viewBox=\"0 0 \(Self.short(Self.width)) \(Self.short(whole))\" width=\"\(Self.short(Self.width))\""
            + " role=\"img\" aria-label=\"\(measure.rawValue) against SNR\">\(parts.joined())</svg>"
    }

    /// From the least to the greatest, never nothing wide.
    private static func range(_ values: [Double]) -> (Double, Double) {
        let known = values.filter(\.isFinite)
        guard let low = known.min(), let high = known.max() else { return (0, 1) }
        return high > low ? (low, high) : (low - 0.5, high + 0.5)
    }

    private static func short(_ value: Double) -> String { String(format: "%.1f", value) }
}
