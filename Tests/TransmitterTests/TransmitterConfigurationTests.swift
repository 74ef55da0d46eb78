import SemanticCoding
import ServiceKit
import Testing

@testable import Transmitter

@Suite struct TransmitterConfigurationTests {
    private func semantic(_ lines: String) throws -> SemanticSettings {
        let text = """
            models = "unused"
            spool = "unused"
            control_socket = "unused"
            keys = ["unused"]
            [semantic]
            \(lines)
            [link]
            listen = "127.0.0.1:0"
            peer = "127.0.0.1:4991"
            """
        return try ConfigurationFile.decode(TransmitterConfiguration.self, text: text, path: "test").semantic
    }

    @Test func theStartOfInversionMayBeChosen() throws {
        #expect(try semantic("start = \"mean\"").start == .mean)
        #expect(try semantic("optimizer = \"adam\"").optimizer == .adam)
        #expect(try semantic("precision = \"single\"").precision == .single)
        #expect(try semantic("student_steps = 3").studentSteps == 3)
        #expect(try semantic("least_gain = 0.01").leastGain == 0.01)
        #expect(try semantic("prior_weight = 0.5").priorWeight == 0.5)
        #expect(throws: ConfigurationError.self) { try semantic("student_steps = -1") }
        #expect(throws: ConfigurationError.self) { try semantic("least_gain = 1.0") }
        #expect(throws: ConfigurationError.self) { try semantic("prior_weight = -0.1") }
        #expect(throws: ConfigurationError.self) { try semantic("start = \"zero\"") }
    }

    @Test func paperModeIsPlainWAndAdamAsPublished() throws {
        #expect(try semantic("") == SemanticSettings())
        let paper = try semantic("mode = \"paper\"")
        #expect(paper.code == .w && paper.inversionSteps == 110 && paper.start == .mean)
        #expect(paper.optimizer == .adam && paper.damping == 0 && paper.identityWeight == 0)
        #expect(paper.priorWeight == 0)
        #expect(paper.studentSteps == 0 && paper.leastGain == 0 && paper.precision == .single)
        #expect(try semantic("mode = \"paper\"\nlearning_rate = 0.1").learningRate == 0.1)
        #expect(throws: ConfigurationError.self) { try semantic("mode = \"better\"") }
    }

    @Test func theEncoderKnowsNothingOfPlainW() throws {
        #expect(throws: ConfigurationError.self) { try semantic("mode = \"paper\"\nstart = \"encoder\"") }
    }

    @Test func theCodecIsNamedAndTheExternalOneHasAProcess() throws {
        func load(_ codec: String, _ external: String = "") throws -> TransmitterConfiguration {
            let text = """
                \(codec)
                models = "unused"
                spool = "unused"
                control_socket = "unused"
                keys = ["unused"]
                \(external)
                [link]
                listen = "127.0.0.1:0"
                peer = "127.0.0.1:4991"
                """
            return try ConfigurationFile.decode(TransmitterConfiguration.self, text: text, path: "test")
        }
        #expect(try load("").codec == "editable-deepsc")
        let section = "[external]\nsocket = \"/run/codec.sock\"\ntimeout_seconds = 5"
        let configuration = try load("codec = \"external\"", section)
        #expect(configuration.codec == "external")
        #expect(configuration.semantic.external == ExternalSettings(socket: "/run/codec.sock", timeoutSeconds: 5))
        for (codec, external, word) in [
            ("codec = \"jpeg\"", "", "\"editable-deepsc\", \"deepsc\", \"jpeg-ldpc\", \"external\""),
            ("codec = \"external\"", "", "[external]"),
            ("codec = \"external\"", "[external]\nsocket = \"/a\"\ntimeout_seconds = 0", "timeout_seconds"),
            ("codec = \"external\"", "[external]\nsocket = \"/a\"\npath = \"/b\"", "path"),
        ] {
            #expect {
                try load(codec, external)
            } throws: {
                "\($0)".contains(word)
            }
        }
    }

    @Test(arguments: [("127.0.0.1:0", "[::1]:15999"), ("[::1]:0", "127.0.0.1:4991")])
    func addressesOfDifferentKindsAreRefused(listen: String, peer: String) throws {
        let text = """
            models = "unused"
            spool = "unused"
            control_socket = "unused"
            keys = ["unused"]
            [link]
            listen = "\(listen)"
            peer = "\(peer)"
            """
        let error = #expect(throws: ConfigurationError.self) {
            try ConfigurationFile.decode(TransmitterConfiguration.self, text: text, path: "test")
        }
        #expect(error?.reason.contains("different kinds") == true)
    }
}
