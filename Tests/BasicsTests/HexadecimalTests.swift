import Testing

@testable import Basics

struct HexadecimalTests {
    @Test func allBytesComeBack() {
        let bytes = (0...255).map { UInt8($0) }
        #expect(bytes.hexadecimal.count == 512)
        #expect([UInt8](hexadecimal: bytes.hexadecimal.utf8) == bytes)
        #expect([UInt8](hexadecimal: bytes.hexadecimal.uppercased().utf8) == bytes)
        #expect([UInt8](hexadecimal: []) == [])
    }

    @Test(arguments: ["0", "012", "0g", "zz", " 1", "0x", "é0"])
    func whatIsNoHexadecimalIsRefused(text: String) {
        #expect([UInt8](hexadecimal: text.utf8) == nil)
    }
}
