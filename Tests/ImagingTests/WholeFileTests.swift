import Foundation
import Testing

@testable import Imaging

struct WholeFileTests {
    private let directory = NSTemporaryDirectory() + "editable-deepsc-test-\(UUID().uuidString.prefix(8))"

    @Test(.timeLimit(.minutes(1))) func onlyRegularFilesAreRead() throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let fifo = directory + "/fifo"
        try #require(mkfifo(fifo, 0o600) == 0)
        for path in [fifo, "/dev/zero", directory] {
            #expect(throws: PictureError.self) { try WholeFile.read(path) }
            #expect(throws: PictureError.self) { try PictureFile.read(path: path) }
        }
        let file = directory + "/file"
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: file))
        #expect(try WholeFile.read(file) == [1, 2, 3])
        #expect(throws: PictureError.tooManyBytes(count: 3, limit: 2)) { try WholeFile.read(file, limit: 2) }
    }
}
