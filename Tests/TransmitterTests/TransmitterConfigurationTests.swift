import SemanticCoding
import ServiceKit
import Testing

@testable import Transmitter

@Suite struct TransmitterConfigurationTests {
    private func start(_ line: String) throws -> InversionStart {
        let text = """
            models = "unused"
            spool = "unused"
            control_socket = "unused"
            keys = ["unused"]
            [semantic]
            \(line)
            [link]
            listen = "127.0.0.1:0"
            peer = "127.0.0.1:4991"
            """
        return try ConfigurationFile.decode(TransmitterConfiguration.self, text: text, path: "test").semantic.start
    }

    @Test func theStartOfInversionMayBeChosen() throws {
        #expect(try start("start = \"mean\"") == .mean)
        #expect(try start("start = \"guess\"") == .guess)
        #expect(try start("") == SemanticSettings().start)
        #expect(throws: ConfigurationError.self) { try start("start = \"zero\"") }
    }
}
