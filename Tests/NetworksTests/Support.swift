import Foundation
import Imaging
import Tensor
import TestSupport

@testable import Networks

/// What the tests need from the outside: fixtures, installed models, scratch files.
enum Support {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The models that `make setup` and the repository provide.
    static let models = installedModels

    static func fixture(_ name: String) -> String {
        root.appendingPathComponent("Tests/NetworksTests/Fixtures").appendingPathComponent(name).path
    }

    static func picture(_ name: String) throws -> Picture {
        try PictureFile.read(path: fixture(name))
    }

    /// The middle 128 pixels of a picture of 224, [1, 128, 128, 3].
    static func middle(_ name: String) throws -> Tensor {
        Tensor(try picture(name).cropped(x: 48, y: 48, width: 128, height: 128).signed, shape: [1, 128, 128, 3])
    }

    /// The ten drawn faces.
    static let faces = (0..<10).map { "face-\($0).png" }
}

extension TemporaryDirectory {
    func file(_ name: String) -> String { path + "/" + name }

    /// Writes `bytes` and returns the path.
    func write(_ bytes: [UInt8], _ name: String = "file.safetensors") throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
        return file(name)
    }
}
