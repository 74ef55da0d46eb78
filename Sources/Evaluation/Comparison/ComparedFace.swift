import Imaging
import Networks
import SemanticCoding

/// A face that several chains send, with what they share of the work: each part is done once, when it is first asked for.
package final class ComparedFace {
    package let name: String
    /// The photo in the FFHQ frame, as large as the pictures that are compared.
    package let photo: Picture
    /// The edits that are asked for, in order.
    package let requests: [EditRequest]
    private struct Work {
        var inversion: Inversion?
        var edited: EditedCode?
        var picture: Picture?
    }

    private var known: [ObjectIdentifier: Work] = [:]
    /// Wall-clock seconds of the shared parts, by stage.
    package private(set) var seconds: [String: Double] = [:]

    package init(name: String, photo: Picture, requests: [EditRequest]) {
        (self.name, self.photo, self.requests) = (name, photo, requests)
    }

    /// What inverting the photo finds.
    func inversion(by editor: FaceEditor) throws -> Inversion {
        if let done = known[ObjectIdentifier(editor)]?.inversion { return done }
        let found = try timed("inverting") { try editor.invert(photo, dimension: nil) { _ in } }
        known[ObjectIdentifier(editor), default: Work()].inversion = found
        return found
    }

    /// The code of what was asked for.
    func edited(by editor: FaceEditor) throws -> EditedCode {
        if let done = known[ObjectIdentifier(editor)]?.edited { return done }
        let inversion = try inversion(by: editor)
        let found = try timed("editing") { try editor.edited(inversion.code, as: requests) }
        known[ObjectIdentifier(editor), default: Work()].edited = found
        return found
    }

    /// Talk2Edit's picture: what is drawn of that code; the photo itself where nothing is asked for.
    func editedPicture(by editor: FaceEditor) throws -> Picture {
        guard !requests.isEmpty else { return photo }
        if let done = known[ObjectIdentifier(editor)]?.picture { return done }
        let picture = editor.synthesizePicture(of: try edited(by: editor).code, resolution: photo.width)
        known[ObjectIdentifier(editor), default: Work()].picture = picture
        return picture
    }

    private func timed<Result>(_ stage: String, _ work: () throws -> Result) rethrows -> Result {
        let began = ContinuousClock.now
        defer { seconds[stage, default: 0] += (ContinuousClock.now - began) / .seconds(1) }
        return try work()
    }
}

extension FaceEditor {
    /// A code after edits; as it is where none are asked for.
    func edited(_ code: [Float], as requests: [EditRequest]) throws -> EditedCode {
        try edit(code, requests, dimension: nil) { _ in }
    }

    /// The same without attribute matching.
    func editedUnmatched(_ code: [Float], as requests: [EditRequest]) throws -> EditedCode {
        var edited = EditedCode(unedited: code, kind: kind)
        for (index, request) in requests.enumerated() {
            let earlier = index == 0 ? nil : edited.edits
            edited = try editUnmatched(edited.code, request)
            edited.earlier = earlier
        }
        return edited
    }
}
