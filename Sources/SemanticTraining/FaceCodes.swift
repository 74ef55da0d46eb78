import Networks
import Tensor

/// Codes of inverted photos: what `LinearPrecoder` is taken from and edits are scored with.
package struct FaceCodes: Sendable {
    /// What the codes are codes of.
    package let kind: LatentKind
    /// 512 numbers each.
    package private(set) var codes: [[Float]] = []

    /// None yet.
    package init(kind: LatentKind) {
        self.kind = kind
    }

    /// Reads what `write` wrote.
    ///
    /// - Throws: `FaceCodesError`, `SafetensorsError`.
    package init(path: String) throws {
        let file = try SafetensorsFile(path: path)
        let tensor = try file.tensor("codes")
        guard let kind = file.metadata["code"].flatMap(LatentKind.init), tensor.shape.count == 2, tensor.shape[1] > 0
        else { throw FaceCodesError.notCodes(path) }
        self.kind = kind
        let (values, length) = (tensor.values, tensor.shape[1])
        codes = stride(from: 0, to: values.count, by: length).map { Array(values[$0..<$0 + length]) }
    }

    /// The codes, for a space of their kind.
    ///
    /// - Throws: `FaceCodesError.otherKind`.
    package func of(_ space: LatentSpace) throws(FaceCodesError) -> [[Float]] {
        guard kind == space.kind, codes.allSatisfy({ $0.count == space.dimension }) else {
            throw .otherKind(file: kind, wanted: space.kind)
        }
        return codes
    }

    package mutating func append(_ code: [Float]) { codes.append(code) }

    /// - Throws: `FaceCodesError.otherKind`, also when the others have another length.
    package mutating func append(_ others: FaceCodes) throws(FaceCodesError) {
        let length = (codes.first ?? others.codes.first)?.count
        guard others.kind == kind, others.codes.allSatisfy({ $0.count == length }) else {
            throw .otherKind(file: others.kind, wanted: kind)
        }
        codes += others.codes
    }

    /// Writes them as `codes` [N, 512].
    package func write(to path: String) throws {
        let tensor = Tensor(codes.flatMap { $0 }, shape: [codes.count, codes.first?.count ?? 0])
        let metadata = ["code": kind.rawValue, "licence": "Research use only: found in photos"]
        try SafetensorsWriter.write([(name: "codes", tensor: tensor, fp16: false)], metadata: metadata, to: path)
    }

    /// Their mean and covariance: half of it the sample's, half its diagonal alone, since there are hardly more codes than
    /// numbers.
    ///
    /// - Throws: `FaceCodesError.tooFew`.
    package var statistics: LatentStatistics {
        get throws(FaceCodesError) {
            let (count, length) = (codes.count, codes.first?.count ?? 0)
            guard count > 1 else { throw .tooFew(count) }
            var mean = [Float](repeating: 0, count: length)
            for code in codes { for place in mean.indices { mean[place] += code[place] / Float(count) } }
            var covariance = [Float](repeating: 0, count: length * length)
            for code in codes {
                let offset = zip(code, mean).map { $0 - $1 }
                for row in mean.indices {
                    let share = offset[row] / Float(count - 1)
                    for column in mean.indices {
                        covariance[row * length + column] += share * offset[column] * (row == column ? 1 : 0.5)
                    }
                }
            }
            return LatentStatistics(mean: mean, covariance: covariance)
        }
    }

    /// Places of `count` faces among which each attribute has all its degrees, as far as there are.
    ///
    /// - Parameter degrees: the predictor's, [N][5].
    package static func varied(_ degrees: [[Int]], _ count: Int) -> [Int] {
        let rankings = AttributePredictor.attributes.indices.map { head in
            LatentPool.rarestFirst(degrees.map { $0[head] })
        }
        var chosen: Set<Int> = []
        for place in degrees.indices {
            for ranking in rankings where chosen.count < count { chosen.insert(ranking[place]) }
        }
        return chosen.sorted()
    }
}

extension LatentStatistics {
    /// Writes photos' `mean` [512] and `covariance` [512, 512], and the `precoder` [512, 512] for such codes.
    ///
    /// - Parameters:
    ///   - coordinates: from `InversionCoordinatesTrainer`.
    ///   - identity: the same of likeness alone, and its share; none when nil.
    ///   - deviations: of the expansion's numbers.
    ///   - seed: of the precoder's rotation.
    /// - Throws: `FaceCodesError`, `SafetensorsError`.
    package func write(
        to path: String,
        coordinates: Tensor,
        identity: (coordinates: Tensor, share: Float)? = nil,
        deviations: [Float],
        seed: UInt64
    ) throws {
        let found = precoder(coordinates: coordinates, identity: identity, deviations: deviations, seed: seed)
        guard let precoder = found else { throw FaceCodesError.singular }
        try SafetensorsWriter.write(
            [
                (name: "mean", tensor: Tensor(mean, shape: [mean.count]), fp16: false),
                (name: "covariance", tensor: Tensor(covariance, shape: [mean.count, mean.count]), fp16: true),
                (name: "precoder", tensor: precoder, fp16: true),
            ],
            metadata: [
                "code": LatentKind.expanded.rawValue, "seed": "\(seed)",
                "licence": "Research use only: taken from codes that were found in CelebA photos",
            ],
            to: path
        )
    }
}

/// What is wrong with a file of codes.
package enum FaceCodesError: Error, CustomStringConvertible {
    case notCodes(String)
    case tooFew(Int)
    case singular
    case otherKind(file: LatentKind, wanted: LatentKind)

    package var description: String {
        switch self {
        case .notCodes(let path): "\(path) holds no codes of photos: make it with `modelctl codes`"
        case .tooFew(let count):
            "statistics of \(count) codes say nothing: invert some hundred photos with `modelctl codes`"
        case .singular:
            "the codes, or the coordinates of the inversion, are the same along some direction: invert more photos with "
                + "`modelctl codes`"
        case .otherKind(let file, let wanted):
            "the photos' codes are \(file.rawValue) codes and \(wanted.rawValue) ones are needed: "
                + "make them anew with `modelctl codes --mode`"
        }
    }
}
