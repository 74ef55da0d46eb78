import Testing

@testable import ServiceKit

struct CredentialPathTests {
    private let environment = ["CREDENTIALS_DIRECTORY": "/run/credentials/rx-daemon.service"]

    @Test func otherPathsStayAsTheyAre() throws {
        #expect(try CredentialPath.resolve("demo/run/link.key", environment: [:]) == "demo/run/link.key")
    }

    @Test func credentialsLieInTheUnitsDirectory() throws {
        let path = try CredentialPath.resolve("credential:link-key", environment: environment)
        #expect(path == "/run/credentials/rx-daemon.service/link-key")
    }

    @Test(arguments: ["", "..", "../x", "a/b", "link.key", "é", String(repeating: "a", count: 129)])
    func refusesNamesThatLeadElsewhere(name: String) {
        #expect(throws: CredentialError.badName(name)) {
            try CredentialPath.resolve("credential:\(name)", environment: environment)
        }
    }

    @Test(arguments: [[:], ["CREDENTIALS_DIRECTORY": ""], ["CREDENTIALS_DIRECTORY": "relative"]])
    func saysWhenThereAreNone(environment: [String: String]) {
        #expect(throws: CredentialError.noDirectory(name: "link-key")) {
            try CredentialPath.resolve("credential:link-key", environment: environment)
        }
    }
}
