import Imaging
import Networks
import Tensor
import TestSupport
import Testing

@testable import SemanticCoding

@Suite(.serialized) struct JointEditingChannelEncoderTests {
    private func parts(_ kind: LatentKind) throws -> (JointEditingChannelEncoder, LatentSpace) {
        let space = try installedModels.latentSpace(kind, network: installedModels.generator())
        // In the student's pictures, edits of plain W may leave the person behind.
        let isQuick = kind == .expanded
        let jecc = JointEditingChannelEncoder(
            space: space,
            generator: isQuick ? space.generator(by: try installedModels.student()) : space.generator,
            predictor: try installedModels.attributePredictor(),
            fields: try EditingField.installed(in: installedModels, for: space),
            settings: SemanticSettings()
        )
        return (jecc, space)
    }

    private func codes(_ space: LatentSpace, count: Int) -> [[Float]] {
        var random = SeededGenerator(seed: 99)
        return (0..<count).map { _ in space.sample(truncation: 0.7, using: &random).value.values }
    }

    @Test(arguments: LatentKind.allCases)
    func smileGoesUpAndDownToTheExpectedDegree(_ kind: LatentKind) throws {
        let (jecc, space) = try parts(kind)
        let identity = try installedModels.identityNet()
        var reached = 0
        for code in codes(space, count: 4) {
            for degree in [0, 3] {
                let request = EditRequest(attribute: .smiling, kind: .target(degree: degree))
                let edited = try jecc.edit(code: code, request: request)
                #expect(edited.degreeExpected == degree)
                #expect(edited.steps <= SemanticSettings().editSteps)
                if edited.degreeAfter == degree { reached += 1 }
                let before = embedding(code, space, identity)
                let after = embedding(edited.code, space, identity)
                #expect(IdentityNet.cosine(before, after) > 0.4)
            }
        }
        // Attribute matching may give up on a face; on most it must not.
        #expect(reached >= 6, "\(reached) of 8 edits reached their degree")
    }

    /// Mode paper edits all five: two steps on, and two back, of drawn faces.
    @Test func plainWHasAFieldForEveryAttribute() throws {
        let (jecc, space) = try parts(.w)
        let student = space.generator(by: try installedModels.student())
        for (place, attribute) in AttributePredictor.attributes.enumerated() {
            let file = try #require(try installedModels.codec(attribute: attribute, for: .w), "\(attribute)")
            let field = try EditingField(file: file, attribute: attribute, statistics: space.statistics)
            func position(_ code: Variable, _ steps: Float) -> Float {
                let picture = student.synthesize(code + field(code) * steps, resolution: 128)
                return jecc.predictor.positions(picture).value.values[place]
            }
            let growing = codes(space, count: 4).count { code in
                let code = Variable(Tensor(code, shape: [1, code.count]))
                return position(code, 2) > position(code, -2) + 0.2
            }
            #expect(growing >= 3, "\(attribute) grows in \(growing) of 4 faces")
        }
    }

    /// Bangs grow over many steps before the predictor calls them so.
    @Test func matchingGoesOnWhileTheMeanDegreeMoves() throws {
        let (jecc, space) = try parts(.expanded)
        func mean(_ code: [Float]) -> Double {
            let picture = space.generator.synthesize(Variable(Tensor(code, shape: [1, code.count])), resolution: 128)
            return AttributePredictor.meanDegrees(jecc.predictor.logits(picture).value.values)[0]
        }
        #expect(AttributePredictor.attributes[0] == "bangs")
        let request = EditRequest(attribute: .bangs, kind: .target(degree: 5))
        let edits = try codes(space, count: 3).map { ($0, try jecc.edit(code: $0, request: request)) }
        let rises = edits.map { mean($0.1.code) - mean($0.0) }
        #expect(rises.count(where: { $0 > 0.5 }) >= 2, "\(rises)")
        #expect(edits.contains { $0.1.steps > JointEditingChannelEncoder.patience })
    }

    @Test func whereADegreeIsClearThereIsNothingLeftToDo() {
        func off(_ position: Double, _ degree: Int) -> Double { Judgement(position: position).off(degree) }
        #expect(off(2.25, 2) == 0.25 && off(1.5, 2) == 0.5 && off(2, 2) == 0)
        #expect(off(-3, 0) == 0 && off(0.4, 0) == 0.4 && off(7, 5) == 0 && off(4.75, 5) == 0.25)
        let degrees = [-3, 0.4, 0.6, 2.49, 4.6, 7, Double.nan].map { Judgement(position: $0).degree }
        #expect(degrees == [0, 0, 1, 2, 5, 5, 0])
    }

    /// Faces end in the middle of the degree that was asked for, not on its border.
    @Test func editsEndWhereTheirDegreeIsClear() throws {
        let (jecc, space) = try parts(.expanded)
        var clear = 0
        for code in codes(space, count: 3) {
            for degree in [1, 2, 4] {
                let edited = try jecc.edit(
                    code: code,
                    request: EditRequest(attribute: .smiling, kind: .target(degree: degree))
                )
                let w = Variable(Tensor(edited.code, shape: [1, 512]))
                let positions = jecc.predictor.positions(jecc.generator.synthesize(w, resolution: 128)).value.values
                if abs(Double(positions[3]) - Double(degree)) < 0.3 { clear += 1 }
            }
        }
        #expect(clear >= 8, "\(clear) of 9")
    }

    @Test func whatIsNotSentIsNotEdited() throws {
        let (jecc, space) = try parts(.expanded)
        var random = SeededGenerator(seed: 5)
        let code =
            space.sample(truncation: 0.5, using: &random).value.values.prefix(128)
            + [Float](repeating: 0, count: 384)
        for degree in [0, 4] {
            let request = EditRequest(attribute: .smiling, kind: .target(degree: degree))
            let edited = try jecc.edit(code: Array(code), request: request, symbols: 128)
            #expect(edited.code.suffix(384).allSatisfy { $0 == 0 })
            #expect(edited.degreeAfter == edited.degreeBefore || edited.code != Array(code))
        }
    }

    @Test func fineNumbersAreLeftAlone() throws {
        let (jecc, space) = try parts(.expanded)
        let fine = (0..<100).map { Float($0 % 3) * 0.1 }
        for code in codes(space, count: 2) {
            let request = EditRequest(attribute: .smiling, kind: .change(direction: .up, degree: 2))
            let edited = try jecc.edit(code: code + fine, request: request, symbols: 612)
            #expect(edited.steps > 0 && Array(edited.code.suffix(100)) == fine)
            #expect(Array(edited.code.prefix(512)) != code)
        }
    }

    @Test func nothingToDoChangesNothing() throws {
        let (jecc, space) = try parts(.expanded)
        let code = codes(space, count: 1)[0]
        let degree = try jecc.edit(
            code: code,
            request: EditRequest(attribute: .smiling, kind: .target(degree: 0))
        ).degreeBefore
        let edited = try jecc.edit(
            code: code,
            request: EditRequest(attribute: .smiling, kind: .target(degree: degree))
        )
        #expect(edited.code == code)
        #expect(edited.steps == 0)
    }

    @Test func attributeWithoutCodecIsRefusedWithTheWayOut() throws {
        let space = try installedModels.latentSpace(.w, network: installedModels.generator())
        let jecc = JointEditingChannelEncoder(
            space: space,
            generator: space.generator(by: try installedModels.student()),
            predictor: try installedModels.attributePredictor(),
            fields: [:],
            settings: SemanticSettings()
        )
        let code = space.statistics.mean
        let error = #expect(throws: EditError.self) {
            try jecc.edit(code: code, request: EditRequest(attribute: .bangs, kind: .target(degree: 2)))
        }
        #expect(error.map { "\($0)".contains("modelctl train jecc --attribute bangs") } == true)
    }

    /// A beard comes with another face and other hair: both are given back, and the beard is kept.
    @Test func refiningGivesBackWhatTheEditDoesNotConcern() throws {
        let (plain, space) = try parts(.expanded)
        let (lpips, identity) = (try installedModels.lpips(.vgg16), try installedModels.identityNet())
        var settings = SemanticSettings()
        func refinement(steps: Int) -> EditRefinement? {
            settings.editRefinementSteps = steps
            return EditRefinement(
                space: space,
                student: plain.generator,
                lpips: lpips,
                identity: identity,
                predictor: plain.predictor,
                settings: settings
            )
        }
        #expect(refinement(steps: 0) == nil)
        let eight = try #require(refinement(steps: 8))
        func likeness(_ edited: EditedCode, _ code: [Float]) -> Float {
            IdentityNet.cosine(eight.face(of: edited.code), eight.face(of: code))
        }
        let refining = JointEditingChannelEncoder(
            space: space,
            generator: plain.generator,
            predictor: plain.predictor,
            fields: plain.fields,
            settings: settings,
            refinement: eight
        )
        let region = try #require(EditRegion(attribute: "beard"))
        let request = EditRequest(attribute: .beard, kind: .target(degree: 5))
        for code in codes(space, count: 2) {
            func picture(_ code: [Float]) -> Picture { plain.generator.synthesizePicture(of: code, resolution: 128) }
            func outside(_ edited: EditedCode) -> Double {
                region.distance(of: picture(edited.code), to: picture(code), lpips: lpips)
            }
            let (rough, fine) = (
                try plain.edit(code: code, request: request), try refining.edit(code: code, request: request)
            )
            #expect(likeness(fine, code) > likeness(rough, code) + 0.05)
            #expect(outside(fine) < 0.9 * outside(rough), "\(outside(fine)), \(outside(rough))")
            #expect(fine.degreeAfter > fine.degreeBefore)
            // Whoever is hardly the same person is not sent.
            #expect(Double(likeness(fine, code)) >= EditRefinement.leastLikeness)
        }
    }

    @Test func regionsAreWhereTheLandmarksAre() throws {
        let points = ["smiling": (0.5, 0.74), "eyeglasses": (0.38, 0.46), "bangs": (0.5, 0.28), "beard": (0.5, 0.85)]
        for (attribute, point) in points {
            let outside = try #require(EditRegion(attribute: attribute)).outside(edge: 128)
            #expect(outside.shape == [1, 128, 128, 3])
            func value(_ x: Double, _ y: Double) -> Float {
                outside.values[(Int(y * 128) * 128 + Int(x * 128)) * 3 + 1]
            }
            #expect(value(point.0, point.1) == 0 && value(0.01, 0.01) == 1 && value(0.99, 0.99) == 1)
        }
        #expect(EditRegion(attribute: "age") == nil)
    }

    private func embedding(_ code: [Float], _ space: LatentSpace, _ identity: IdentityNet) -> [Float] {
        let picture = space.generator.synthesize(Variable(Tensor(code, shape: [1, 512])), resolution: 256)
        return identity.embedding(aligned: picture).value.values
    }
}
