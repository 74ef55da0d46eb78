import ArgumentParser
import Evaluation
import SemanticCoding

struct ProfileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Does one job from photo to received picture and says where every millisecond goes.",
        discussion: """
            The daemons' codec and modem in one process, without sockets. A table of the stages, one of the kernels: what \
            share of the time they take, and how near they come to what this machine can do, which is measured first. Idle \
            machines only: others' work counts as one's own.
            Example: modelctl profile docs/images/astronaut.png "make her smile a little more"
            """
    )

    @OptionGroup var options: ModelOptions
    @Argument(help: "A photo: PNG, JPEG, WebP, HEIC or AVIF.") var photo: String
    @Argument(help: "What is to be changed.") var sentence: String
    @Option(help: "full, linear or paper.") var mode = SemanticMode.full
    @OptionGroup var search: InversionOptions
    @Option(help: "Edge at which the photo is inverted: 128, 256 or 512; by default as in the mode.")
    var workingResolution: Int?
    @Option(help: "Edge of the received picture in pixels: 128, 256, 512 or 1024.") var resolution = 1024
    @Option(help: "Es/N0 of the channel in whole dB.") var snr = 12
    @Flag(help: "One JSON object in place of the tables.") var json = false

    private var settings: SemanticSettings {
        var settings = search.settings(mode)
        settings.workingResolution = workingResolution ?? settings.workingResolution
        return settings
    }

    func validate() throws {
        if let complaint = settings.complaint { throw ValidationError(complaint) }
        guard (-30...60).contains(snr) else { throw ValidationError("--snr must be -30 to 60") }
        guard [128, 256, 512, 1024].contains(resolution) else {
            throw ValidationError("--resolution must be 128, 256, 512 or 1024")
        }
    }

    func run() throws {
        var (bar, done) = (ProgressBar("working"), 0.0)
        let profile = try JobProfile(
            models: options.store,
            settings: settings,
            photo: readBytes(photo),
            sentence: sentence,
            resolution: resolution,
            snr: snr
        ) { name in
            bar.update(done, name)
            done += 1 / 12
        }
        bar.finish()
        if json { try printJSON(profile) } else { print(profile.table) }
    }
}
