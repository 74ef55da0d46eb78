import Basics
import Foundation
import Imaging
import Tensor

/// Photos of faces for evaluations, by name, each read and decoded when it is asked for.
package struct FaceSource: Sendable {
    private enum Store {
        /// Paths of files by the pictures' names.
        case files([String: String])
        case archive(TarArchive)
    }

    /// The folder or archive.
    package let path: String
    /// As named or recognised.
    package let layout: FaceLayout
    /// Of the pictures, sorted. They are fit to be names of files.
    package let names: [String]
    /// Whether the pictures are in the FFHQ frame already; others have to be aligned first.
    package let isAligned: Bool
    /// How many pictures of the split a table names that are not there.
    package let missing: Int
    private let store: Store

    /// Finds the pictures; none is decoded yet.
    ///
    /// - Parameters:
    ///   - path: a folder or a .tar archive.
    ///   - layout: as recognised by what is there, when nil.
    ///   - split: all pictures when nil. CelebA's needs `list_eval_partition.txt`; CelebA-HQ's is that of the pictures
    ///     in CelebA and needs the mapping as well; FFHQ's goes by number.
    ///   - limit: at most so many pictures: the first, or with a seed some drawn at random.
    ///   - seed: of that draw.
    ///   - isAligned: for folders and archives whose pictures are in the FFHQ frame; as the layout has it, when nil.
    /// - Throws: `FaceSourceError`, `FileError`.
    package init(
        path: String,
        layout: FaceLayout? = nil,
        split: FaceSplit? = nil,
        limit: Int? = nil,
        seed: UInt64? = nil,
        isAligned: Bool? = nil
    ) throws {
        let layout = try layout ?? FaceLayout(recognising: path)
        var missing = 0
        var names: [String]
        switch layout {
        case .tar:
            let archive = try TarArchive(path: path)
            (store, names) = (.archive(archive), Array(archive.names))
        case .folder, .celebA, .celebAHQ, .ffhq, .ffhqThumbnails, .metFaces:
            let folder = try Self.found(
                layout.pictureFolders,
                in: path,
                need: "the layout \(layout.rawValue) has its pictures in it: unpack them there, or name another layout"
            )
            let isNumbered = layout == .ffhq || layout == .ffhqThumbnails
            let relative = try isNumbered ? PictureFolder.numbered(in: folder) : PictureFolder.files(in: folder)
            (store, names) = (.files(relative.mapValues { folder + "/" + $0 }), Array(relative.keys))
        }
        if let split { (names, missing) = try layout.pictures(of: split, among: names, in: path) }
        guard !names.isEmpty else { throw FaceSourceError.noPictures(path: path) }
        names.sort()
        if let limit, limit < names.count {
            if let seed {
                var random = SeededGenerator(seed: seed)
                names = random.rows(max(0, limit), of: names.count).sorted().map { names[$0] }
            } else {
                names = Array(names.prefix(max(0, limit)))
            }
        }
        (self.path, self.layout, self.names, self.missing) = (path, layout, names, missing)
        self.isAligned = isAligned ?? layout.isAligned
    }

    /// Reads and decodes a picture.
    ///
    /// - Throws: `FaceSourceError.noSuchPicture`, `FaceSourceError.unreadable`.
    package func picture(_ name: String, limits: DecodeLimits = .standard) throws(FaceSourceError) -> Picture {
        let found: Picture?
        do {
            switch store {
            case .files(let paths): found = try paths[name].map { try PictureFile.read(path: $0, limits: limits) }
            case .archive(let archive):
                found = try archive.bytes(of: name, limit: limits.bytes).map {
                    try PictureFile.decode($0, limits: limits)
                }
            }
        } catch { throw .unreadable(name: name, path: path, reason: "\(error)") }
        guard let found else { throw .noSuchPicture(name: name, path: path) }
        return found
    }

    /// The binary attributes that CelebA and CelebA-HQ are published with; nil for other layouts, or where the table
    /// (`list_attr_celeba.txt`, `CelebAMask-HQ-attribute-anno.txt`) is not there.
    ///
    /// - Throws: `FaceSourceError.damagedTable`, `FileError`.
    package func attributes() throws -> FaceAttributes? {
        let table = layout.attributeTables.map { path + "/" + $0 }.first(where: FileManager.default.fileExists)
        return try table.map { try FaceTable(path: $0).attributes() }
    }

    /// The first of several places that is there.
    ///
    /// - Throws: `FaceSourceError.missing` with the last of them.
    fileprivate static func found(
        _ places: [String],
        in path: String,
        need: String
    ) throws(FaceSourceError) -> String {
        let paths = places.map { $0.isEmpty ? path : path + "/" + $0 }
        if let found = paths.first(where: FileManager.default.fileExists) { return found }
        throw .missing(path: paths.last ?? path, need: need)
    }
}

extension FaceLayout {
    fileprivate var attributeTables: [String] {
        switch self {
        case .celebA: ["list_attr_celeba.txt", "Anno/list_attr_celeba.txt"]
        case .celebAHQ:
            ["CelebAMask-HQ-attribute-anno.txt", "CelebAMask-HQ/CelebAMask-HQ-attribute-anno.txt"]
        case .folder, .tar, .ffhq, .ffhqThumbnails, .metFaces: []
        }
    }

    /// The pictures of a split that are there, and how many of it are not.
    ///
    /// - Throws: `FaceSourceError`, `FileError`.
    fileprivate func pictures(
        of split: FaceSplit,
        among names: [String],
        in path: String
    ) throws -> (names: [String], missing: Int) {
        switch self {
        case .folder, .tar, .metFaces: throw FaceSourceError.noSplit(split, layout: self)
        case .ffhq, .ffhqThumbnails:
            guard split != .test else { throw FaceSourceError.noSplit(split, layout: self) }
            // As FFHQ's page has it: the first 60,000 are for training, the others for validation.
            let chosen = names.filter { name in name.number.map { ($0 < 60_000) == (split == .train) } ?? false }
            return (chosen, (split == .train ? 60_000 : 10_000) - chosen.count)
        case .celebA:
            let splits = try partition(in: path)
            let chosen = names.filter { splits[$0] == split }
            return (chosen, splits.values.count { $0 == split } - chosen.count)
        case .celebAHQ:
            let table = try FaceSource.found(
                ["CelebAMask-HQ/CelebA-HQ-to-CelebA-mapping.txt", "CelebA-HQ-to-CelebA-mapping.txt"],
                in: path,
                need:
                    "it says which pictures of CelebA these are, and so their splits: put it there, or ask for no split"
            )
            let originals = try FaceTable(path: table).originals()
            let splits = try partition(in: path)
            let chosen = names.filter { name in
                name.number.flatMap { originals[$0] }.flatMap { splits[$0] } == split
            }
            return (chosen, originals.values.count { splits[$0] == split } - chosen.count)
        }
    }

    private func partition(in path: String) throws -> [String: FaceSplit] {
        let table = try FaceSource.found(
            ["Eval/list_eval_partition.txt", "list_eval_partition.txt"],
            in: path,
            need: "CelebA's splits are in it: put it there from CelebA's folder Eval, or ask for no split"
        )
        return try FaceTable(path: table).partition()
    }
}

extension String {
    /// The number that a file is named by, such as 70 of `00070.png`.
    fileprivate var number: Int? { split(separator: ".").first.flatMap { Int($0) } }
}
