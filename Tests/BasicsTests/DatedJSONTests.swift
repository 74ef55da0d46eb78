import Foundation
import Testing

@testable import Basics

struct DatedJSONTests {
    @Test func timesDoNotCreepWhenTheyAreSavedAgain() throws {
        for millisecond in 0..<1000 {
            let date = Date(timeIntervalSince1970: 1_790_000_000 + Double(millisecond) / 1000)
            var text = try DatedJSON.encode([date])
            let first = text
            for _ in 0..<3 { text = try DatedJSON.encode(DatedJSON.decode([Date].self, from: text)) }
            #expect(text == first)
        }
    }
}
