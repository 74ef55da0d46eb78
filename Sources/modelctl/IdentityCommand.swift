import ArgumentParser
import Imaging
import Networks
import Tensor

struct IdentityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "identity",
        abstract: "Prints how alike two faces are: the cosine of their SFace embeddings, 1 for the same picture.",
        discussion: """
            Both pictures must be squares in the FFHQ frame, as tx-daemon and modelctl write them. SFace takes two photos \
            for one person from about 0.36 on. Of two sizes the larger picture is made as small as the other.

            Example: modelctl identity inverted.png edited.png
            """
    )

    @OptionGroup var options: ModelOptions
    @Argument(help: "A picture, aligned.") var first: String
    @Argument(help: "Another one.") var second: String

    func run() throws {
        let net = try options.store.identityNet()
        let pictures = try ofOneSize(first, second)
        let (width, height) = (pictures[0].width, pictures[0].height)
        guard width == height, width >= IdentityNet.edge else {
            throw ValidationError(
                "\(first) or \(second) is \(width)x\(height): it must be a square of at least \(IdentityNet.edge) pixels"
            )
        }
        let embeddings = pictures.map { net.embedding(aligned: $0.networkInput).value.values }
        print(IdentityNet.cosine(embeddings[0], embeddings[1]))
    }
}
