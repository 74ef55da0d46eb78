import ArgumentParser
import Basics
import ControlAPI
import Foundation

struct PicturesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pictures",
        abstract: "Saves the pictures of a transfer's stages.",
        discussion: """
            aligned is the photo's face, inverted what the networks make of it, edited the picture as it is sent. They are \
            saved as STAGE.png; stages that a transfer has not come to are left out. The received picture lies at the \
            receiver: `txctl status` says where.

            Example: txctl pictures 3f0a3b0e --directory demo
            Example: txctl pictures 3f0a3b0e edited
            """
    )

    enum Stage: String, ExpressibleByArgument, CaseIterable {
        case aligned, inverted, edited
    }

    @OptionGroup var options: SocketOptions
    @Argument(help: "The transfer's id, as submit and list print it, or its first characters.") var id: String
    @Argument(help: "Which pictures: aligned, inverted, edited; all of them by default.") var stages: [Stage] = []
    @Option(help: "Where they go.") var directory = "."

    func run() async throws {
        try AtomicFile.checkWritable("\(directory)/\((stages.first ?? .edited).rawValue).png")
        let record: TransferRecord = try await options.client.ask(.GET, "/v1/transfers/\(id.percentEncoded)")
        var saved: [String] = []
        for stage in stages.isEmpty ? Stage.allCases : stages {
            let path = "/v1/transfers/\(record.id)/pictures/\(stage.rawValue)"
            let picture: [UInt8]
            do {
                picture = try await options.client.bytes(.GET, path)
            } catch let error as ControlClientError
                where ExitStatus(error.cause) == .refused && stages.isEmpty
            {
                continue
            }
            let file = "\(directory)/\(stage.rawValue).png"
            try AtomicFile.write(picture, to: file, mode: 0o666)
            saved.append(file)
        }
        guard !saved.isEmpty else {
            throw Failure(
                status: .refused,
                message: "transfer \(record.id) has no pictures yet: it is \(record.state.rawValue)"
            )
        }
        if options.json { try Terminal.printJSON(saved) } else { print(saved.joined(separator: "\n")) }
    }
}
