import ArgumentParser
import ControlAPI
import Foundation

struct RelayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relay",
        abstract: "Changes the channel of a running snr-relay and shows what it does.",
        discussion: """
            Example: txctl relay profile office-wifi
            Example: txctl relay set --snr-db 3 --loss 0.2
            Example: txctl relay status --json
            """,
        subcommands: [RelaySetCommand.self, RelayProfileCommand.self, RelayStatusCommand.self]
    )
}

/// Options of all `txctl relay` commands.
struct RelayOptions: ParsableArguments {
    @Option(help: "snr-relay's control socket.")
    var socket = SocketOptions.installed("relay.sock")

    @Flag(help: "Print JSON for programs.")
    var json = false

    var client: ControlClient { ControlClient(socket: socket, daemon: "snr-relay") }

    func show(_ status: RelayStatus) throws {
        if json { try Terminal.printJSON(status) } else { print(Terminal.describe(status)) }
    }
}

extension Terminal {
    /// The relay's state in a few lines.
    static func describe(_ status: RelayStatus) -> String {
        var lines = [
            "profile   \(status.profile ?? "none: settings were changed one by one")",
            "SNR       \(status.snrDecibels) dB, seed \(status.seed)",
            "channel   \(status.channel.summary)",
        ]
        for (name, direction) in [("forward", status.forward), ("back", status.back)] {
            let label = name.padding(toLength: 10, withPad: " ", startingAt: 0)
            lines.append("\(label)faults: \(direction.faults.summary)")
            lines.append("          packets: \(direction.summary)")
        }
        lines.append(
            "noise     \(status.noise.packets) packets, \(status.noise.symbols) symbols, "
                + "\(status.noise.clipped) components clipped; \(status.noise.untouched) packets untouched"
        )
        for (cause, count) in status.noise.impossible.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            lines.append("noiseless \(count) data packets: \(cause.rawValue)")
        }
        lines.append("queue     \(status.queue.packets) packets, \(status.queue.bytes) bytes")
        let dropped = status.dropped
        if dropped != DatagramDrops() {
            lines.append(
                "sockets   \(dropped.overrun) packets came too fast, \(dropped.overflowed) overflowed the system's buffer, "
                    + "\(dropped.oversized) were too large, \(dropped.unsent) could not be sent"
            )
        }
        for recording in status.recordings {
            lines.append(
                "recording \(recording.state.rawValue): \(recording.path), \(recording.bytes) bytes"
                    + (recording.dropped > 0 ? ", \(recording.dropped) packets missed" : "")
                    + (recording.skipped > 0 ? ", \(recording.skipped) packets of other samples left out" : "")
            )
        }
        return lines.joined(separator: "\n")
    }
}
