import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle

/// Options of all daemons.
package struct DaemonOptions: ParsableArguments {
    @Option(help: "The configuration, a TOML file.")
    package var config: String

    @Flag(help: "Check the configuration and say what is wrong with it, and do nothing else.")
    package var checkConfig = false

    package init() {}

    /// Exit code for a configuration that is wrong: EX_CONFIG of sysexits.h.
    package static let configurationIsWrong = ExitCode(78)

    /// Reads the configuration and runs the daemon, unless the configuration is only to be checked.
    ///
    /// - Parameters:
    ///   - adjust: what other options change in the configuration, also when it is read again.
    ///   - service: makes the daemon.
    /// - Throws: `ExitCode` once the complaint is printed or the error is logged.
    package func run<Configuration: DaemonConfiguration>(
        _ name: String,
        adjust: @escaping @Sendable (inout Configuration) -> Void = { _ in },
        service: (Configuration, DaemonContext<Configuration>) throws -> any Service
    ) async throws {
        let load: @Sendable () throws -> Configuration = { [config] in
            var configuration = try ConfigurationFile.load(Configuration.self, path: config)
            adjust(&configuration)
            if let complaint = configuration.complaint { throw ConfigurationError(path: config, reason: complaint) }
            return configuration
        }
        let configuration: Configuration
        do {
            configuration = try load()
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            throw Self.configurationIsWrong
        }
        if checkConfig {
            print("\(config): no complaints")
            return
        }
        Daemon.bootstrap(logLevel: configuration.logLevel)
        let logger = Logger(label: name)
        let context = DaemonContext<Configuration>()
        do {
            let service = try service(configuration, context)
            try await Daemon.run(service, context: context, load: load, logger: logger)
        } catch {
            logger.critical("\(error)")
            throw ExitCode.failure
        }
    }
}
