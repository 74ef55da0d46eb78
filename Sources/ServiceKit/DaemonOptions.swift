import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle

/// Options of all daemons.
public struct DaemonOptions: ParsableArguments {
    @Option(help: "The configuration, a TOML file.")
    public var config: String

    @Flag(help: "Check the configuration and say what is wrong with it, and do nothing else.")
    public var checkConfig = false

    public init() {}

    /// Exit code for a configuration that is wrong: EX_CONFIG of sysexits.h.
    public static let configurationIsWrong = ExitCode(78)

    /// Reads and checks the configuration.
    ///
    /// - Throws: `ExitCode` once the complaint is printed.
    public func load<Configuration: ValidatedConfiguration>(
        _ type: Configuration.Type = Configuration.self
    ) throws -> Configuration {
        do {
            return try ConfigurationFile.load(type, path: config)
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            throw Self.configurationIsWrong
        }
    }

    /// Runs the daemon, unless only its configuration is to be checked.
    ///
    /// - Throws: `ExitCode` once the error is logged.
    public func run(_ name: String, logLevel: Logger.Level, service: () throws -> any Service) async throws {
        if checkConfig {
            print("\(config): no complaints")
            return
        }
        Daemon.bootstrap(logLevel: logLevel)
        let logger = Logger(label: name)
        do {
            try await Daemon.run(service(), logger: logger)
        } catch {
            logger.critical("\(error)")
            throw ExitCode.failure
        }
    }
}
