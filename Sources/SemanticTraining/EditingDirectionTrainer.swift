import Networks
import Tensor

/// How the direction of one editing codec is found.
package struct EditingDirectionSettings: Sendable {
    package var attribute = "smiling"
    package var seed: UInt64 = 1
    /// Faces whose slopes are taken, of all degrees as evenly as can be had.
    package var faces = 160
    /// How many are drawn for each of them, where they are drawn.
    package var candidates = 6
    /// How far from the mean drawn ones lie.
    package var truncations: ClosedRange<Float> = 0.6...1
    /// Checkpoint file, written every `checkpointEvery` faces; it goes on from there when it is there.
    package var checkpoint: String?
    package var checkpointEvery = 10

    package init() {}
}

/// Finds the direction along which a code gains one degree of an attribute and keeps the others.
package struct EditingDirectionTrainer {
    private let space: LatentSpace
    private let generator: any StyleGenerator
    private let predictor: AttributePredictor

    /// - Parameter generator: of the space's codes; the space's own or the student.
    package init(space: LatentSpace, generator: any StyleGenerator, predictor: AttributePredictor) {
        (self.space, self.generator, self.predictor) = (space, generator, predictor)
    }

    /// Looks at faces and writes the codec to `output`. The same settings give the same direction, also when the work was
    /// interrupted and resumed from its checkpoint.
    ///
    /// - Parameter photos: whose codes to choose the faces from; they are drawn from the prior when nil.
    /// - Throws: `JECCTrainingError`, `FaceCodesError`, `TrainingCheckpointError`, `SafetensorsError` and what `progress` throws.
    package func train(
        _ settings: EditingDirectionSettings,
        photos: FaceCodes? = nil,
        output: String,
        progress: (TrainingProgress) throws -> Void
    ) throws {
        guard let head = AttributePredictor.attributes.firstIndex(of: settings.attribute) else {
            throw JECCTrainingError.unknownAttribute(settings.attribute)
        }
        let checkpoint = TrainingCheckpoint(
            settings.checkpoint,
            of: settings,
            data: [
                "code": space.kind.rawValue, "photos": photos.map { "\(Fingerprint($0.codes))" } ?? "drawn",
            ]
        )
        let saved = try checkpoint.tensors()
        var slopes = DegreeSlopes(generator: generator, predictor: predictor, saved: saved)
        let first = slopes.count
        let lookingBegan = ContinuousClock.now
        let codes =
            try photos?.of(space).map { Tensor($0, shape: [1, $0.count]) }
            ?? LatentPool.samples(
                settings.faces * settings.candidates,
                space: space,
                truncations: settings.truncations,
                seed: settings.seed
            )
        guard !codes.isEmpty else { throw FaceCodesError.tooFew(0) }
        let faces = try LatentPool.faces(
            settings.faces,
            among: codes,
            head: head,
            generator: generator,
            predictor: predictor
        ) { done in
            let pace = (ContinuousClock.now - lookingBegan).seconds / max(1e-3, done)
            try progress(
                TrainingProgress(
                    step: 0,
                    steps: settings.faces,
                    loss: 0,
                    note: "choosing faces, \(Int(100 * done)) %",
                    secondsLeft: pace * (1 - done)
                )
            )
        }
        let began = ContinuousClock.now
        let metadata = [
            "attribute": settings.attribute, "code": space.kind.rawValue, "seed": "\(settings.seed)",
            "faces": "\(faces.count)", "drawn": photos == nil ? "from the prior" : "from photos' codes",
            "licence": "Research use only: found with FFHQ- and CelebA-derived networks",
        ]
        for face in faces.dropFirst(first) {
            slopes.add(face.code)
            try progress(
                TrainingProgress(
                    step: slopes.count,
                    steps: faces.count,
                    first: first,
                    began: began,
                    loss: 0,
                    note: "slopes of \(slopes.count) faces"
                )
            )
            if let path = checkpoint.path, slopes.count.isMultiple(of: settings.checkpointEvery) {
                try SafetensorsWriter.write(slopes.checkpoint, metadata: checkpoint.metadata(metadata), to: path)
            }
        }
        let direction = slopes.direction(head: head, deviations: space.statistics.deviations)
        try SafetensorsWriter.write(
            [(name: "direction", tensor: direction, fp16: false)],
            metadata: metadata,
            to: output
        )
    }
}
