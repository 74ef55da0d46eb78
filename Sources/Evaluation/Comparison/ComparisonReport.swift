import Foundation

/// One experiment as a reader wants it: tables, charts and pictures in one HTML file that needs nothing else, and the same
/// figures as CSV and JSON.
package struct ComparisonReport {
    /// One experiment.
    package struct Part {
        let conditions: ComparisonConditions
        let summaries: [ComparisonSummary]
        /// Mean seconds a face, by stage or chain.
        let seconds: [String: Double]
        /// A grid of pictures as a PNG file, to be shown with it.
        let sheet: [UInt8]?

        /// Reads a record and what lies beside it: `.seconds`, and `.png` for the sheet.
        ///
        /// - Throws: `ComparisonRecordError`.
        package init(record path: String) throws {
            let found = try ComparisonRecord.read(path)
            conditions = found.conditions
            summaries = ComparisonSummary.all(of: found.faces, under: found.conditions)
            seconds = ComparisonRecord.seconds(of: path)
            sheet = FileManager.default.contents(atPath: path + ".png").map { Array($0) }
        }
    }

    private let parts: [Part]

    package init(_ parts: [Part]) { self.parts = parts }

    /// A line for each chain and SNR.
    package var csv: String {
        let head = [
            "experiment", "chain", "snr_db", "pictures", "decoded", "lpips_vgg", "lpips_vgg_low", "lpips_vgg_high",
            "lpips_alex", "lpips_alex_low", "lpips_alex_high", "psnr_db", "ms_ssim", "sface", "sface_low", "sface_high",
            "same_person", "edit_reached", "edit_within_one", "others_moved", "fid_vgg16", "kid_vgg16", "reals",
            "symbols", "symbols_total", "cbr_reals", "cbr_symbols", "cbr_total",
        ]
        let lines = parts.flatMap { part in
            part.summaries.map { row in
                let ratios = row.airtime.ratios(edge: part.conditions.resolution)
                let numbers: [Double?] = [
                    row.decoded, row.lpips.value, row.lpips.lower, row.lpips.upper, row.lpipsAlex.value,
                    row.lpipsAlex.lower, row.lpipsAlex.upper, row.psnr.value, row.similarity.value, row.cosine.value,
                    row.cosine.lower, row.cosine.upper, row.same.value, row.reached, row.nearlyReached, row.others,
                    row.frechet, row.kernel,
                ]
                let ends = [ratios.reals, ratios.symbols, ratios.total].map { String(format: "%.5f", $0) }
                let counts = [row.airtime.reals, row.airtime.symbols, row.airtime.total].map(String.init)
                return
                    ([part.conditions.experiment, row.chain, number(row.snr), String(row.pictures)]
                    + numbers.map { $0.map { String(format: "%.5f", $0) } ?? "" } + counts + ends)
                    .joined(separator: ",")
            }
        }
        return ([head.joined(separator: ",")] + lines).map { $0 + "\n" }.joined()
    }

    /// All summaries, with the conditions that they were made under.
    ///
    /// - Throws: what encoding throws.
    package func json() throws -> Data {
        struct Entry: Encodable {
            let conditions: ComparisonConditions
            let summaries: [ComparisonSummary]
            let seconds: [String: Double]
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return try encoder.encode(
            parts.map { Entry(conditions: $0.conditions, summaries: $0.summaries, seconds: $0.seconds) }
        )
    }

    /// The page.
    package var html: String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
        <title>editable-deepsc: comparison</title>
        <style>
        :root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
        body{max-width:70rem;margin:auto;padding:1rem}
        table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.85rem}
        th,td{padding:.2rem .6rem;text-align:right;border-bottom:1px solid #8884}
        th:first-child,td:first-child{text-align:left}
        .wide{overflow-x:auto}.charts{display:flex;flex-wrap:wrap;gap:1rem}
        svg{max-width:100%;height:auto}svg text{fill:currentColor;font:11px system-ui,sans-serif}
        img{max-width:100%}small{color:#888}
        </style></head><body>
        <h1>Pictures that arrive</h1>
        <p>Medians against the photo with 95&nbsp;% intervals by bootstrap over faces. What could not be decoded counts as
        grey. FID and KID are of VGG16's features: never beside published ones. CBR three ways: reals, as the paper counts
        its own; complex symbols; and all symbols, pilots and side information (as QPSK) included.</p>
        \(parts.map(section).joined(separator: "\n"))
        </body></html>

        """
    }

    private func section(_ part: Part) -> String {
        let conditions = part.conditions
        let asked = conditions.sentences.isEmpty ? "nothing is edited" : conditions.sentences.joined(separator: " · ")
        let charts = ComparisonChart.Measure.allCases.map {
            ComparisonChart(measure: $0, summaries: part.summaries, chains: conditions.chains).svg
        }
        let sheet = part.sheet.map {
            "<p><img alt=\"pictures\" src=\"data:image/png;base64,\(Data($0).base64EncodedString())\"></p>"
        }
        let times = part.seconds.sorted { $0.key < $1.key }.map {
            "\(escaped($0.key)) \(String(format: "%.2f", $0.value)) s"
        }
        return """
            <h2>\(escaped(conditions.experiment))</h2>
            <p>\(conditions.faces.count) faces of \(conditions.resolution) pixels, \(conditions.seeds.count) draw(s) of
            noise; asked for: \(escaped(asked)).</p>
            <div class="charts">\(charts.joined())</div>
            \(sheet ?? "")
            <div class="wide">\(table(part))</div>
            <p><small>Mean seconds a face, over all SNRs: \(times.isEmpty ? "not known" : times.joined(separator: ", ")).
            </small></p>
            \(PaperFigures.html(of: conditions.experiment))
            """
    }

    private func table(_ part: Part) -> String {
        let heads = [
            "chain", "dB", "n", "decoded", "LPIPS VGG", "LPIPS Alex", "PSNR", "MS-SSIM", "SFace", "same", "edit",
            "±1", "others", part.conditions.trunk.frechetName, part.conditions.trunk.kernelName, "CBR reals", "symbols",
            "all",
        ]
        let rows = part.summaries.map { row in
            let ratios = row.airtime.ratios(edge: part.conditions.resolution)
            let cells = [
                escaped(row.chain), number(row.snr), String(row.pictures), percent(row.decoded), interval(row.lpips),
                interval(row.lpipsAlex), String(format: "%.1f", row.psnr.value),
                String(format: "%.3f", row.similarity.value), interval(row.cosine), percent(row.same.value),
                row.reached.map(percent) ?? "", row.nearlyReached.map(percent) ?? "",
                row.others.map { String(format: "%.2f", $0) } ?? "",
                row.frechet.map { String(format: "%.2f", $0) } ?? "",
                row.kernel.map { String(format: "%.4f", $0) } ?? "", String(format: "%.4f", ratios.reals),
                String(format: "%.4f", ratios.symbols), String(format: "%.4f", ratios.total),
            ]
            return "<tr>" + cells.map { "<td>\($0)</td>" }.joined() + "</tr>"
        }
        return "<table><tr>" + heads.map { "<th>\($0)</th>" }.joined() + "</tr>" + rows.joined(separator: "\n")
            + "</table>"
    }

    private func interval(_ found: Bootstrap) -> String {
        String(format: "%.3f <small>%.3f–%.3f</small>", found.value, found.lower, found.upper)
    }

    private func percent(_ share: Double) -> String { String(format: "%.0f %%", 100 * share) }

    private func number(_ value: Double) -> String { String(format: "%g", value) }

    private func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;")
    }
}
