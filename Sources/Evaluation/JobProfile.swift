import Basics
import Channel
import Foundation
import Imaging
import Networks
import SemanticCoding
import Tensor

/// Where the time of one job goes: from a photo and a sentence to the receiver's picture, stage by stage and kernel by kernel.
package struct JobProfile: Encodable, Sendable {
    /// One stage.
    package struct Stage: Encodable, Sendable {
        package let name: String
        /// Wall-clock seconds.
        package let seconds: Double
        /// What the kernels took of all threads together, by kind.
        package let kernels: [String: KernelClock.Reading]
    }

    package private(set) var stages: [Stage] = []
    package let peaks: MachinePeaks

    /// Does the job with the daemons' codec and modem, without sockets.
    ///
    /// - Parameters:
    ///   - photo: a picture file.
    ///   - resolution: edge of the received picture in pixels.
    ///   - snr: Es/N0 in dB, which the transmitter knows.
    ///   - progress: called with each stage's name.
    /// - Throws: `ModelStoreError`, `EncodingRefusal`, and what `progress` throws.
    package init(
        models: ModelStore,
        settings: SemanticSettings,
        photo: [UInt8],
        sentence: String,
        resolution: Int,
        snr: Int,
        progress: @escaping (String) throws -> Void
    ) throws {
        peaks = MachinePeaks()
        var stages: [Stage] = []
        func stage<Result>(_ name: String, _ body: () throws -> Result) throws -> Result {
            try progress(name)
            let clock = ContinuousClock()
            let began = clock.now
            let (result, kernels) = try KernelClock.measure(body)
            let seconds = (clock.now - began).seconds
            let named = Dictionary(kernels.map { ($0.rawValue, $1) }) { first, _ in first }
            stages.append(Stage(name: name, seconds: seconds, kernels: named))
            return result
        }
        let editor = try stage("load tx's networks") { try FaceEditor(models: models, settings: settings) }
        let decoder = try stage("load rx's networks") {
            try EditingDecoder(
                space: editor.space,
                student: models.student(),
                predictor: models.attributePredictor(),
                likeness: models.likeness()
            )
        }
        let requests = try stage("read the sentence") { try editor.understand(sentence) }
        let square = try stage("find and align the face") {
            try editor.align(photo: photo, face: nil, alreadyAligned: false).square
        }
        _ = try stage("draft: start and steps") { try editor.sketch(square, dimension: nil) { _ in } }
        let inversion = try stage("invert, \(settings.inversionSteps) steps") {
            try editor.invert(square, dimension: nil) { _ in }
        }
        var edited = try stage("edit") {
            try editor.edit(inversion.code, requests.map(\.request), dimension: nil) { _ in }
        }
        if settings.mode == .full {
            let code = try stage("match to the channel, \(settings.matchingSteps) steps") {
                try editor.match(edited, of: square, dimension: nil, snr: snr) { _ in }
            }
            edited.matched = MatchedCode(code: code, snr: snr)
        }
        let design = settings.mode == .paper ? nil : snr
        let reals = try stage("precode") { editor.channelEncode(edited, dimension: nil, designSNR: design) }
        let arrived = try stage("modulate, noise, demodulate") {
            var link = SimulatedLink(seed: 1)
            return try link.received(reals, snr: Double(snr))
        }
        let drawn = try stage("estimate and draw, \(resolution) pixels") {
            try decoder.decode(
                values: arrived.values,
                noiseVariance: arrived.noiseVariance,
                designSNR: design,
                isMatched: settings.mode == .full,
                resolution: resolution
            )
        }
        _ = try stage("write the PNG") { try PictureFile.encodePNG(drawn.picture) }
        self.stages = stages
    }

    /// The job's kernels together.
    package var kernels: [KernelClock.Kind: KernelClock.Reading] {
        var sums: [KernelClock.Kind: KernelClock.Reading] = [:]
        for stage in stages {
            for (name, reading) in stage.kernels {
                guard let kind = KernelClock.Kind(rawValue: name) else { continue }
                sums[kind, default: KernelClock.Reading()] += reading
            }
        }
        return sums
    }

    /// For people: a line a stage with its share and that of its heaviest kernels, a line a kind of kernel with its share of what
    /// the machine can do.
    package var table: String {
        let total = stages.reduce(0) { $0 + $1.seconds }
        let threads = Double(peaks.threads)
        func columns(_ cells: [String]) -> String {
            zip(cells, [30, 9, 7, 0]).map { cell, width in
                cell + String(repeating: " ", count: max(0, width - cell.count))
            }.joined(separator: " ").trimmingEnd
        }
        func percent(_ share: Double) -> String { "\(decimals(100 * share, share < 0.1 ? 1 : 0)) %" }
        var lines = [columns(["stage", "seconds", "share", "of all threads' time there"])]
        for stage in stages {
            let all = stage.seconds * threads
            let heaviest = stage.kernels.filter { $0.value.seconds >= 0.05 * all }
                .sorted { $0.value.seconds > $1.value.seconds }
                .map { "\($0.key) \(percent($0.value.seconds / all))" }
            lines.append(
                columns([
                    stage.name, decimals(stage.seconds, 3), percent(stage.seconds / total),
                    heaviest.joined(separator: ", "),
                ])
            )
        }
        lines += [columns(["all", decimals(total, 3)]), ""]
        lines.append(columns(["kernel", "seconds", "share", "what it does of what the machine can"]))
        let kinds = kernels.sorted { $0.value.seconds > $1.value.seconds }
        for (kind, reading) in kinds {
            // A thread has its share of the peaks.
            let (rate, speed) = (reading.operations / reading.seconds, reading.bytes / reading.seconds)
            let peak = (kind == .bfloat16Product ? peaks.bfloat16 : peaks.single).map { $0 / threads }
            let isProduct = kind == .product || kind == .bfloat16Product
            let done =
                isProduct
                ? "\(decimals(rate / 1e9, 0)) GFLOP/s a thread" + (peak.map { ", \(percent(rate / $0))" } ?? "")
                : "\(decimals(speed / 1e9, 1)) GB/s a thread, \(percent(speed * threads / peaks.copy)) of copying"
            lines.append(
                columns([
                    kind.rawValue, decimals(reading.seconds / threads, 3),
                    percent(reading.seconds / threads / total), done,
                ])
            )
        }
        let known = kinds.reduce(0) { $0 + $1.value.seconds } / threads
        lines.append(columns(["all else", decimals(total - known, 3), percent((total - known) / total)]))
        let bfloat16 = peaks.bfloat16.map { ", \(decimals($0 / 1e9, 0)) in bfloat16" } ?? ""
        lines += [
            "",
            "\(peaks.threads) threads, vectors of \(peaks.vectorBits) bits: \(decimals(peaks.single / 1e9, 0)) GFLOP/s"
                + "\(bfloat16), copies \(decimals(peaks.copy / 1e9, 1)) GB/s",
        ]
        return lines.joined(separator: "\n")
    }
}

private func decimals(_ value: Double, _ count: Int) -> String {
    value.formatted(.number.precision(.fractionLength(count)).locale(.init(identifier: "en_US_POSIX")).grouping(.never))
}

extension String {
    fileprivate var trimmingEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
