import ArgumentParser
import Basics
import ControlAPI
import Foundation

/// The user's hand on tx-daemon, and the operator's on snr-relay.
@main
struct Txctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "txctl",
        abstract: "Sends edited faces through a running tx-daemon.",
        discussion: """
            Example: txctl submit docs/images/astronaut.png "she should not smile" --wait --output sent.png

            Exit codes: 0 done · 1 unexpected error · 2 wrong usage, or input that was refused (sentence not understood, \
            no face found, unknown transfer) · 3 no daemon answers on the socket · 4 the transfer failed or was \
            cancelled · 5 it expired, or --timeout passed · 6 the daemon takes nothing now: try again later · 130 Ctrl-C: a \
            transfer that was watched goes on
            """,
        version: "0.1.0",
        subcommands: [
            SubmitCommand.self, ChatCommand.self, StreamCommand.self, ListCommand.self, StatusCommand.self,
            WatchCommand.self,
            CancelCommand.self,
            PicturesCommand.self, TopCommand.self, RelayCommand.self,
        ]
    )

    static func main() async {
        do {
            var command = try parseAsRoot(NegativeNumbers.commandLine)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as ControlClientError {
            Terminal.complain("txctl: \(error)")
            Foundation.exit(ExitStatus(error.cause).rawValue)
        } catch let error as FileError {
            Terminal.complain("txctl: \(error)")
            Foundation.exit(ExitStatus.refused.rawValue)
        } catch let failure as Failure {
            Terminal.complain("txctl: \(failure.message)")
            Foundation.exit(failure.status.rawValue)
        } catch {
            let isUsage = exitCode(for: error) == .validationFailure
            guard isUsage || exitCode(for: error) != .success else { exit(withError: error) }
            Terminal.complain(isUsage ? fullMessage(for: error) : "txctl: \(error)")
            Foundation.exit((isUsage ? ExitStatus.refused : .unexpected).rawValue)
        }
    }
}

/// txctl's exit codes.
enum ExitStatus: Int32 {
    case done = 0
    case unexpected = 1
    case refused = 2
    case noDaemon = 3
    case failed = 4
    case expired = 5
    case tryLater = 6

    /// What a daemon that did not do what it was asked amounts to.
    init(_ cause: ControlClientError.Cause) {
        self =
            switch cause {
            case .noDaemon: .noDaemon
            case .busy, .refused(status: 429), .refused(status: 503), .refused(status: 507): .tryLater
            case .refused(status: 400..<500): .refused
            case .refused, .notUnderstood: .unexpected
            }
    }
}

/// An end with an exit code and a message that names the cause and the next step.
struct Failure: Error {
    let status: ExitStatus
    let message: String
}

/// Options that all commands share.
struct SocketOptions: ParsableArguments {
    @Option(help: "tx-daemon's control socket.")
    var socket = installed("tx.sock")

    /// The packages' socket, where there is one or where this program is a package's; else the one of the repository's
    /// configurations.
    static func installed(_ name: String) -> String {
        let path = "/run/editable-deepsc/\(name)"
        let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let isInstalled = program?.hasSuffix("/usr/bin/txctl") == true
        return isInstalled || access(path, F_OK) == 0 ? path : "demo/run/\(name)"
    }

    @Flag(help: "Print JSON for programs.")
    var json = false

    var client: ControlClient { ControlClient(socket: socket) }
}
