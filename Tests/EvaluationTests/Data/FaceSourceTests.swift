import Basics
import Foundation
import Imaging
import TestSupport
import Testing

@testable import Evaluation

/// Tiny data sets of each layout, made in a folder of their own.
@Suite struct FaceSourceTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// A picture of which `level` can be told again.
    private func picture(_ level: Int) -> Picture {
        Picture(width: 4, height: 3, red: UInt8(level), green: 0, blue: 255)
    }

    /// Writes pictures; what is in a file is told by its bytes, so that those that are called JPEG may be PNG.
    private func write(_ files: String...) throws {
        for (level, file) in files.enumerated() { try write(PictureFile.encodePNG(picture(level)), to: file) }
    }

    private func write(_ bytes: [UInt8], to file: String) throws {
        let url = URL(fileURLWithPath: folder.path + "/" + file)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    private func write(_ text: String, to file: String) throws { try write(Array(text.utf8), to: file) }

    private func source(_ layout: FaceLayout? = nil, split: FaceSplit? = nil) throws -> FaceSource {
        try FaceSource(path: folder.path, layout: layout, split: split)
    }

    /// What an error says.
    private func message(_ body: () throws -> Void) -> String {
        do { try body() } catch { return "\(error)" }
        return "no error"
    }

    @Test func aFolder() throws {
        try write("b.png", "a.JPG", "c.webp", ".hidden.png")
        try write("no picture", to: "README.txt")
        let source = try source()
        #expect(source.layout == .folder && source.names == ["a.JPG", "b.png", "c.webp"] && !source.isAligned)
        #expect(try source.picture("a.JPG") == picture(1) && source.picture("b.png") == picture(0))
        let attributes = try source.attributes()
        #expect(source.missing == 0 && attributes == nil)
        #expect(try FaceSource(path: folder.path, isAligned: true).isAligned)
        #expect(throws: FaceSourceError.noSuchPicture(name: "d.png", path: folder.path)) { try source.picture("d.png") }
        #expect(throws: FaceSourceError.noSuchPicture(name: "../a.png", path: folder.path)) {
            try source.picture("../a.png")
        }
        #expect(throws: FaceSourceError.noSplit(.test, layout: .folder)) { try self.source(split: .test) }
    }

    @Test func aLimitTakesTheFirstOrSomeAtRandom() throws {
        for number in 10..<40 { try write(PictureFile.encodePNG(picture(number)), to: "\(number).png") }
        let whole = try source()
        func names(_ limit: Int, _ seed: UInt64?) throws -> [String] {
            try FaceSource(path: folder.path, limit: limit, seed: seed).names
        }
        #expect(try names(3, nil) == ["10.png", "11.png", "12.png"])
        #expect(try names(100, 1) == whole.names && names(0, 1).isEmpty && names(-1, nil).isEmpty)
        let drawn = try names(5, 1)
        #expect(drawn.count == 5 && drawn == drawn.sorted() && Set(drawn).isSubset(of: whole.names))
        #expect(try names(5, 1) == drawn && names(5, 2) != drawn)
    }

    @Test func anArchive() throws {
        var tar = TarBuilder()
        tar.add("./b.png", try PictureFile.encodePNG(picture(1)))
        tar.add("../../etc/a.png", try PictureFile.encodePNG(picture(2)))
        tar.add("sub/new\nline.jpg", try PictureFile.encodePNG(picture(3)))
        tar.add("b.png", try PictureFile.encodePNG(picture(4)))
        tar.add("damaged.png", Array("no picture".utf8))
        tar.add("labels.csv", [1, 2])
        tar.add("._b.png", [1, 2])
        try write(tar.finished, to: "set.tar")
        let path = folder.path + "/set.tar"
        let source = try FaceSource(path: path)
        #expect(source.layout == .tar && source.names == ["b.png", "damaged.png", "etc_a.png", "sub_new_line.jpg"])
        #expect(try source.picture("b.png") == picture(4) && source.picture("etc_a.png") == picture(2))
        #expect(try source.picture("sub_new_line.jpg") == picture(3))
        #expect(message { _ = try source.picture("damaged.png") }.contains("damaged.png of"))
        #expect(throws: FaceSourceError.self) {
            try source.picture("b.png", limits: DecodeLimits(pixels: 99, bytes: 9))
        }
        #expect(throws: FaceSourceError.noSuchPicture(name: "a.png", path: path)) { try source.picture("a.png") }
        // The archive shrinks while it is open.
        try FileHandle(forWritingTo: URL(fileURLWithPath: path)).truncate(atOffset: 600)
        #expect(throws: FaceSourceError.self) { try source.picture("etc_a.png") }
    }

    @Test func archivesThatAreNone() throws {
        let path = folder.path + "/set.tar"
        for (bytes, words) in [
            ([0x1F, 0x8B, 8, 0], "gunzip"), (Array("PK\u{3}\u{4}".utf8), "unzip"), ([], "cut off"),
            ([UInt8](repeating: 65, count: 600), "checksum"), ([UInt8](repeating: 0, count: 1024), "no pictures"),
        ] as [([UInt8], String)] {
            try write(bytes, to: "set.tar")
            #expect(message { _ = try FaceSource(path: path) }.contains(words), "\(words)")
        }
        #expect(message { _ = try FaceSource(path: folder.path, layout: .tar) }.contains("no regular file"))
        #expect(message { _ = try FaceSource(path: folder.path + "/none.tar") }.contains("none.tar is missing"))
    }

    @Test(arguments: ["", "Img/|Eval/|Anno/"])
    func celebA(places: String) throws {
        let parts = places.isEmpty ? ["", "", ""] : places.split(separator: "|").map(String.init)
        let pictures = parts[0] + "img_align_celeba/"
        try write(pictures + "000001.jpg", pictures + "000002.jpg", pictures + "000003.jpg", pictures + "000009.jpg")
        #expect(try source().names.count == 4)
        let complaint = message { _ = try source(split: .test) }
        #expect(complaint.hasPrefix(folder.path + "/list_eval_partition.txt is missing: "), "\(complaint)")
        let table = (1...8).map { "00000\($0).jpg \($0 == 1 ? 0 : $0 == 2 ? 1 : 2)\n" }.joined()
        try write(table, to: parts[1] + "list_eval_partition.txt")
        #expect(try source(split: .train).names == ["000001.jpg"] && source(split: .validation).names == ["000002.jpg"])
        let test = try source(split: .test)
        #expect(test.layout == .celebA && test.names == ["000003.jpg"] && test.missing == 5 && !test.isAligned)
        #expect(try test.picture("000003.jpg") == picture(2))
        let attributes = try test.attributes()
        #expect(attributes == nil)
        try write("1\nEyeglasses\n000003.jpg 1\n", to: parts[2] + "list_attr_celeba.txt")
        #expect(try test.attributes()?.has("Eyeglasses", picture: "000003.jpg") == true)
    }

    @Test func celebAWithoutPictures() throws {
        try write("000001.jpg 0\n", to: "list_eval_partition.txt")
        #expect(message { _ = try source() }.hasPrefix(folder.path + "/img_align_celeba is missing: "))
        try write("img_align_celeba/000002.jpg")
        #expect(throws: FaceSourceError.noPictures(path: folder.path)) { try source(split: .train) }
        try write("000001.jpg 7\n", to: "list_eval_partition.txt")
        #expect(message { _ = try source(split: .train) }.hasPrefix("line 1 of "))
    }

    @Test(arguments: ["", "CelebAMask-HQ/"])
    func celebAHQ(place: String) throws {
        try write(place + "CelebA-HQ-img/0.jpg", place + "CelebA-HQ-img/1.jpg")
        let whole = try source()
        #expect(whole.layout == .celebAHQ && whole.names == ["0.jpg", "1.jpg"] && whole.isAligned)
        #expect(message { _ = try source(split: .test) }.contains("/CelebA-HQ-to-CelebA-mapping.txt is missing: "))
        try write(
            "idx orig_idx orig_file\n0 4 000005.jpg\n1 5 000006.jpg\n",
            to: place + "CelebA-HQ-to-CelebA-mapping.txt"
        )
        #expect(message { _ = try source(split: .test) }.contains("/list_eval_partition.txt is missing: "))
        try write("000005.jpg 0\n000006.jpg 2\n", to: "list_eval_partition.txt")
        // The partition alone would be CelebA's.
        let test = try source(.celebAHQ, split: .test)
        #expect(test.names == ["1.jpg"] && test.missing == 0)
        #expect(try test.picture("1.jpg") == picture(1))
    }

    @Test func ffhq() throws {
        try write("images1024x1024/00000/00007.png", "images1024x1024/69000/69123.png", "images1024x1024/LICENSE.txt")
        try write("thumbnails128x128/00000/00001.png")
        let whole = try source()
        #expect(whole.layout == .ffhq && whole.names == ["00007.png", "69123.png"] && whole.isAligned)
        #expect(try whole.picture("69123.png") == picture(1))
        #expect(try source(split: .train).names == ["00007.png"])
        let validation = try source(split: .validation)
        #expect(validation.names == ["69123.png"] && validation.missing == 9_999)
        #expect(throws: FaceSourceError.noSplit(.test, layout: .ffhq)) { try source(split: .test) }
        #expect(try source(.ffhqThumbnails).names == ["00001.png"])
        try FileManager.default.removeItem(atPath: folder.path + "/images1024x1024")
        #expect(try source().layout == .ffhqThumbnails)
        #expect(message { _ = try source(.ffhq) }.contains("/images1024x1024 is missing: "))
    }

    @Test func metFaces() throws {
        try write("images/10140-00.png", "images/10140-01.png")
        #expect(throws: FaceSourceError.unknownLayout(path: folder.path)) { try source() }
        #expect(try source(.metFaces).names.count == 2)
        try write("[]", to: "metfaces.json")
        let found = try source()
        #expect(found.layout == .metFaces && found.isAligned && found.names == ["10140-00.png", "10140-01.png"])
        #expect(throws: FaceSourceError.noSplit(.train, layout: .metFaces)) { try source(split: .train) }
    }

    @Test func picturesThatCannotBeReadAreNamed() throws {
        try write(Array("\u{89}PNG".utf8), to: "a.png")
        try FileManager.default.createDirectory(atPath: folder.path + "/b.png", withIntermediateDirectories: true)
        #expect(mkfifo(folder.path + "/c.png", 0o600) == 0)
        let source = try source()
        for name in ["a.png", "b.png", "c.png"] {
            #expect(message { _ = try source.picture(name) }.hasPrefix("the picture \(name) of \(folder.path)"))
        }
    }

    @Test func emptyFoldersAreRefused() throws {
        #expect(throws: FaceSourceError.unknownLayout(path: folder.path)) { try source() }
        #expect(throws: FaceSourceError.noPictures(path: folder.path)) { try source(.folder) }
        #expect(message { _ = try FaceSource(path: folder.path + "/none") }.contains("/none is missing: "))
        for layout in FaceLayout.allCases where layout != .folder {
            #expect(message { _ = try source(layout) }.contains(": "), "\(layout)")
        }
    }
}
