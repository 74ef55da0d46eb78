import Imaging
import Networks
import SemanticCoding
import Tensor

/// Faces that nobody has, 128 pixels: such as photos show, whole or edited, as sent and as received. For training networks that
/// judge edited pictures.
package struct DrawnFaces: Sendable {
    private let codes: PhotoLikeCodes
    private let student: any StyleGenerator

    /// - Parameter student: draws the codes' faces at 128 pixels.
    init(codes: PhotoLikeCodes, student: any StyleGenerator) {
        (self.codes, self.student) = (codes, student)
    }

    /// By the installed networks, edited by the installed codecs.
    ///
    /// - Throws: `ModelStoreError`, `FaceCodesError`; as `EditingField.installed`.
    package init(models: ModelStore) throws {
        let space = try models.latentSpace(.expanded, network: models.generator())
        let fields = try EditingField.installed(in: models, for: space).sorted { $0.key < $1.key }.map(\.value)
        self.init(
            codes: try PhotoLikeCodes(space: space, fields: fields),
            student: space.generator(by: try models.student())
        )
    }

    package func picture(isEdited: Bool, using random: inout SeededGenerator) -> Picture {
        let whole = codes.code(using: &random)
        let code = isEdited ? codes.edited(whole, using: &random) : whole
        return student.synthesizePicture(of: code.values, resolution: FaceDataset.edge)
    }

    /// Pictures [1, 128, 128, 3] of one face, edited or not as the draw has it.
    func pair(using random: inout SeededGenerator) -> (sent: Tensor, received: Tensor) {
        let whole = codes.code(using: &random)
        let code = Bool.random(using: &random) ? codes.edited(whole, using: &random) : whole
        let received = codes.received(code, using: &random)
        func picture(_ code: Tensor) -> Tensor {
            student.synthesize(Variable(code), resolution: FaceDataset.edge).value
        }
        return (picture(code), picture(received))
    }
}
