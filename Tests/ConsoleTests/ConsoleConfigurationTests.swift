import ServiceKit
import Testing

@testable import Console

struct ConsoleConfigurationTests {
    private func complaint(_ lines: String) -> String? {
        let text = """
            token_file = "token"
            transmitter = "tx.sock"
            \(lines)
            """
        do {
            _ = try ConfigurationFile.decode(ConsoleConfiguration.self, text: text, path: "test")
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func nothingButLoopbackUnlessTold() {
        for listen in ["127.0.0.1:8480", "[::1]:0", "localhost:1"] {
            #expect(complaint("listen = \"\(listen)\"") == nil)
        }
        for listen in ["0.0.0.0:8480", "[::]:8480", "192.0.2.1:80", "console.example:80"] {
            #expect(complaint("listen = \"\(listen)\"")?.contains("other hosts can reach") == true)
            #expect(complaint("listen = \"\(listen)\"\nallow_remote = true")?.contains("needs hosts") == true)
            #expect(complaint("listen = \"\(listen)\"\nallow_remote = true\nhosts = [\"console.example\"]") == nil)
        }
        #expect(complaint("listen = \"127.0.0.1:1\"\nphoto_bytes = 0")?.contains("photo_bytes") == true)
        #expect(complaint("listen = \"127.0.0.1:1\"\nfoto = 0")?.contains("foto") == true)
    }

    /// Every file of the page is in the program, and the page names no other.
    @Test func thePageIsWhole() {
        let index = ConsolePage.assets.first { $0.path == "/" }
        let html = String(decoding: index?.bytes ?? [], as: UTF8.self)
        #expect(html.contains("/console.js") && html.contains("/console.css") && !html.contains("://"))
        let paths = Set(ConsolePage.assets.map { $0.path })
        for asset in ConsolePage.assets where asset.path.hasSuffix(".js") {
            let text = String(decoding: asset.bytes, as: UTF8.self)
            #expect(!text.contains("innerHTML") && !text.contains("eval("), "\(asset.path) makes markup of text")
            for line in text.split(separator: "\n") where line.hasPrefix("import ") {
                let name = line.split(separator: "'").dropFirst().first.map { $0.dropFirst() } ?? ""
                #expect(paths.contains(String(name)), "\(asset.path) imports \(name)")
            }
        }
        #expect(String(decoding: ConsolePage.loginAgain, as: UTF8.self).contains("role=\"alert\">"))
    }
}
