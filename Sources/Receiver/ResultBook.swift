import Basics
import Foundation
import Logging
import Networks
import SemanticCoding
import ServiceKit
import Tensor
import Wire

/// What is known of the results: the files, and how much room they take.
///
/// Belongs to `TransferReceiver`, on whose thread everything here happens.
final class ResultBook {
    let store: ResultStore
    private var retention: RetentionPolicy
    private let metrics: ReceiverMetrics
    private let logger: Logger
    /// Results on disk by id.
    private var kept: [String: RetentionPolicy.Entry] = [:]
    /// Ids of pictures, by the beginning of their digests as it is sent: two may be the same.
    private var pictures: [String: Set<String>] = [:]
    private var isLoaded = false
    /// Records without a picture stay until no transmitter can send the transfer any more: the longest that one may try
    /// is a week.
    private static let recordSeconds = 14.0 * 86400

    init(store: ResultStore, retention: RetentionPolicy, metrics: ReceiverMetrics, logger: Logger) {
        (self.store, self.retention, self.metrics, self.logger) = (store, retention, metrics, logger)
    }

    /// How many records there are.
    var count: Int { kept.count }

    /// The records that were made last, the latest first; those that cannot be read are missing.
    func latest(most: Int) -> [ReceivedTransfer] {
        kept.values.sorted { ($1.finished, $1.id) < ($0.finished, $0.id) }.lazy
            .compactMap { UUID(uuidString: $0.id).flatMap(self.store.find) }.prefix(most).map { $0 }
    }

    /// Takes up what is on disk, once.
    func load() {
        guard !isLoaded else { return }
        do {
            for result in try store.all() {
                kept[result.entry.id] = result.entry
                pictures[Self.prefix(of: result.pictureDigest), default: []].insert(result.entry.id)
            }
            isLoaded = true
        } catch {
            logger.error("cannot list the results: \(error)")
        }
    }

    /// Keeps results by this policy from now on.
    func use(_ retention: RetentionPolicy) { self.retention = retention }

    /// Puts a result on disk.
    ///
    /// - Parameters:
    ///   - picture: nil for one that is withheld.
    ///   - signal: what the transmission looked like.
    /// - Throws: `FileError`; then there is none.
    func keep(
        _ result: ReceivedTransfer,
        id: UUID,
        picture: [UInt8]?,
        knowledge: CodeKnowledge,
        signal: ReceivedSignal
    ) throws {
        try store.store(result, id: id, picture: picture, signal: DatedJSON.encode(signal)) { path in
            let known = [("code", knowledge.code), ("variances", knowledge.variances)].filter { !$0.1.isEmpty }
            let tensors = known.map { name, values in
                (name: name, tensor: Tensor(values, shape: [1, values.count]), fp16: false)
            }
            try SafetensorsWriter.write(tensors, metadata: [:], to: path)
        }
        if picture != nil { pictures[Self.prefix(of: result.pictureDigest), default: []].insert(result.id) }
        kept[result.id] = .init(
            id: result.id,
            finished: result.received,
            bytes: picture == nil ? 0 : store.size(of: id)
        )
    }

    /// What is known of the code behind a picture that is kept; nil where there is none.
    ///
    /// - Parameters:
    ///   - digest: the beginning of the picture's SHA-256, as it is sent.
    ///   - fits: whether it may be the one of this record.
    func knowledge(ofPicture digest: [UInt8], where fits: (ReceivedTransfer) -> Bool) -> CodeKnowledge? {
        load()
        for id in (pictures[digest.hexadecimal] ?? []).compactMap({ UUID(uuidString: $0) }) {
            guard let result = store.find(id), result.isDraft != true, fits(result),
                Self.prefix(of: result.pictureDigest) == digest.hexadecimal,
                let file = try? SafetensorsFile(path: store.path("code.safetensors", of: id)),
                let code = try? file.tensor("code"), let variances = try? file.tensor("variances")
            else { continue }
            return CodeKnowledge(code: code.values, variances: variances.values)
        }
        return nil
    }

    private static func prefix(of digest: String) -> String { String(digest.prefix(2 * SideInformation.digestSize)) }

    /// Removes pictures that are too old or too much.
    ///
    /// - Parameter atWork: transfers that are being drawn.
    func tidy(at now: Date, atWork: Set<UUID>) {
        let withPicture = kept.values.filter { $0.bytes > 0 }
        for name in retention.expired(among: withPicture, at: now) {
            guard let id = UUID(uuidString: name), let entry = kept[name], !atWork.contains(id) else { continue }
            do {
                try store.removePicture(of: id)
                kept[name] = .init(id: name, finished: entry.finished, bytes: 0)
                pictures = pictures.compactMapValues { $0 == [name] ? nil : $0.subtracting([name]) }
                logger.info("picture removed: retention", metadata: ["transfer": "\(name)"])
            } catch {
                logger.error("retention: \(error)")
            }
        }
        for (name, entry) in kept where entry.bytes == 0 && now.timeIntervalSince(entry.finished) > Self.recordSeconds {
            guard let id = UUID(uuidString: name), (try? store.remove(id)) != nil else { continue }
            kept[name] = nil
        }
        metrics.resultBytes.record(kept.values.reduce(0) { $0 + $1.bytes })
    }
}
