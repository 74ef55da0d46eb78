import Basics
import ControlAPI
import Foundation

/// Where a stream's frames come from.
enum FrameSource {
    /// Pictures that are there already, each so many milliseconds after the first.
    case files(count: Int, picture: @Sendable (Int) throws -> [UInt8])
    /// Pictures as they come.
    case live(AsyncThrowingStream<[UInt8], any Error>)

    private static let suffixes = ["jpg", "jpeg", "png"]

    /// - Parameter text: a folder, a Motion JPEG file, `-` or a video device.
    /// - Throws: `Failure`, `FileError`.
    init(_ text: String) throws {
        if text == "-" {
            self = .live(Self.pictures(from: .standardInput))
            return
        }
        let name = text.hasPrefix("v4l2:") ? String(text.dropFirst(5)) : text == "v4l2" ? "/dev/video0" : text
        if text.hasPrefix("v4l2") || name.hasPrefix("/dev/video") {
            self = .live(try Self.camera(name))
            return
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: text, isDirectory: &isFolder) else {
            throw Failure(
                status: .refused,
                message:
                    "there is no \(text): name a folder of pictures, a .mjpeg file, /dev/video0, or - for standard input"
            )
        }
        guard isFolder.boolValue else {
            var splitter = PictureSplitter()
            let pictures: [[UInt8]]
            do {
                pictures = try splitter.take(try AtomicFile.read(text, limit: 1 << 30))
            } catch let error as PictureSplitter.Malformed {
                throw Failure(status: .refused, message: "\(text) is no Motion JPEG: \(error)")
            }
            guard !pictures.isEmpty else { throw Failure(status: .refused, message: "there is no picture in \(text)") }
            self = .files(count: pictures.count) { pictures[$0] }
            return
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: text).sorted().filter { name in
            Self.suffixes.contains { name.lowercased().hasSuffix(".\($0)") }
        }
        guard !files.isEmpty else {
            throw Failure(status: .refused, message: "there is no .jpg or .png in \(text)")
        }
        self = .files(count: files.count) { try AtomicFile.read("\(text)/\(files[$0])", limit: 16 << 20) }
    }

    /// The pictures that a file handle brings, on a thread of its own; the newest only, while nobody takes them.
    private static func pictures(
        from file: FileHandle,
        atEnd: @escaping @Sendable () -> (any Error)? = { nil }
    ) -> AsyncThrowingStream<[UInt8], any Error> {
        AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            Thread {
                var splitter = PictureSplitter()
                do {
                    while let data = try file.read(upToCount: 1 << 16), !data.isEmpty {
                        for picture in try splitter.take(data) { continuation.yield(picture) }
                    }
                    continuation.finish(throwing: atEnd())
                } catch {
                    continuation.finish(
                        throwing: Failure(status: .refused, message: "what comes is no sequence of pictures: \(error)")
                    )
                }
            }.start()
        }
    }

    /// A camera, read by ffmpeg.
    private static func camera(_ device: String) throws -> AsyncThrowingStream<[UInt8], any Error> {
        guard FileManager.default.fileExists(atPath: device) else {
            throw Failure(status: .refused, message: "there is no camera at \(device)")
        }
        let ffmpeg = Process()
        ffmpeg.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        ffmpeg.arguments = [
            "ffmpeg", "-loglevel", "error", "-f", "v4l2", "-i", device, "-f", "mjpeg", "-q:v", "3", "-",
        ]
        let output = Pipe()
        ffmpeg.standardOutput = output
        ffmpeg.standardInput = FileHandle.nullDevice
        try ffmpeg.run()
        return pictures(from: output.fileHandleForReading) {
            ffmpeg.waitUntilExit()
            guard ffmpeg.terminationStatus != 0 else { return nil }
            let missing = ffmpeg.terminationStatus == 127 ? ": install it (apt install ffmpeg)" : ""
            return Failure(status: .refused, message: "ffmpeg could not read \(device)\(missing)")
        }
    }
}
