import Foundation
import Testing

@testable import SemanticCoding

@Suite struct TextEditRequestTests {
    @Test(arguments: [
        (
            EditRequest(attribute: .smiling, kind: .change(direction: .down, degree: 2)),
            #"{"attribute":"smiling","degree":2,"direction":-1,"kind":"change"}"#
        ),
        (
            EditRequest(attribute: .bangs, kind: .target(degree: 0)),
            #"{"attribute":"bangs","degree":0,"direction":null,"kind":"target"}"#
        ),
    ])
    func jsonIsExactAndComesBack(request: EditRequest, json: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(String(decoding: try encoder.encode(request), as: UTF8.self) == json)
        #expect(try JSONDecoder().decode(EditRequest.self, from: Data(json.utf8)) == request)
    }

    @Test func anUnstatedDegreeIsOneStep() throws {
        let json = #"{"attribute":"age","kind":"change","direction":1,"degree":null}"#
        let request = try JSONDecoder().decode(EditRequest.self, from: Data(json.utf8))
        #expect(request == EditRequest(attribute: .age, kind: .change(direction: .up, degree: 1)))
    }

    @Test(arguments: [
        #"{"attribute":"age","kind":"change","direction":1,"degree":6}"#,
        #"{"attribute":"age","kind":"change","direction":1,"degree":0}"#,
        #"{"attribute":"age","kind":"change","direction":2,"degree":1}"#,
        #"{"attribute":"age","kind":"change","direction":null,"degree":1}"#,
        #"{"attribute":"age","kind":"target","direction":null,"degree":-1}"#,
        #"{"attribute":"age","kind":"target","direction":null,"degree":null}"#,
        #"{"attribute":"hair","kind":"target","direction":null,"degree":1}"#,
        #"{"attribute":"age","kind":"swap","direction":null,"degree":1}"#,
    ])
    func impossibleRequestsAreNotDecoded(json: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(EditRequest.self, from: Data(json.utf8)) }
    }

    @Test func theExpectedDegreeIsEquation10() {
        for current in 0...5 {
            for degree in 1...5 {
                let up = EditRequest(attribute: .beard, kind: .change(direction: .up, degree: degree))
                let down = EditRequest(attribute: .beard, kind: .change(direction: .down, degree: degree))
                #expect(up.expectedDegree(current: current) == min(current + degree, 5))
                #expect(down.expectedDegree(current: current) == max(current - degree, 0))
                let target = EditRequest(attribute: .beard, kind: .target(degree: degree))
                #expect(target.expectedDegree(current: current) == degree)
            }
        }
    }

    @Test func anEditKnowsTheWordsItCameFrom() throws {
        let edit = RequestedEdit(.init(attribute: .age, kind: .change(direction: .up, degree: 1)), from: "a bit older")
        #expect("\(edit)" == "age +1, from 'a bit older'")
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = try encoder.encode(edit)
        #expect(
            String(decoding: json, as: UTF8.self)
                == #"{"attribute":"age","degree":1,"direction":1,"kind":"change","span":"a bit older"}"#
        )
        #expect(try JSONDecoder().decode(RequestedEdit.self, from: json) == edit)
    }

    @Test func whatIsSaidLastOfAnAttributeCounts() {
        func list(_ kinds: EditRequest.Kind...) -> [EditRequest.Kind] {
            var edits: [RequestedEdit] = []
            for kind in kinds { edits.add(RequestedEdit(.init(attribute: .age, kind: kind), from: "")) }
            return edits.map(\.request.kind)
        }
        let (up, down) = (
            EditRequest.Kind.change(direction: .up, degree: 1), EditRequest.Kind.change(direction: .down, degree: 1)
        )
        #expect(list(up, down) == [down])
        #expect(list(up, .change(direction: .up, degree: 3)) == [.change(direction: .up, degree: 3)])
        #expect(list(.change(direction: .up, degree: 3), up) == [.change(direction: .up, degree: 3)])
        // The way to a degree is no second edit; the other way is.
        #expect(list(.target(degree: 4), up) == [.target(degree: 4)])
        #expect(list(.target(degree: 4), down) == [down])
        #expect(list(up, .target(degree: 2)) == [.target(degree: 2)])
        var two = [RequestedEdit(.init(attribute: .beard, kind: up), from: "")]
        two.add(RequestedEdit(.init(attribute: .age, kind: up), from: ""))
        #expect(two.map(\.request.attribute) == [.beard, .age])
    }
}
