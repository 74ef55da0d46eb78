import Foundation

/// The pictures in a folder.
enum PictureFolder {
    /// Files that a data set may have. FFHQ has 70,000, CelebA 202,599.
    static let mostFiles = 1 << 20

    /// The files with a picture's ending by the names that `PictureName` makes of theirs; hidden files are left out.
    ///
    /// - Throws: `FaceSourceError` when there is no such folder, or too much is in it.
    static func files(in folder: String) throws(FaceSourceError) -> [String: String] {
        let pairs = try contents(of: folder).compactMap { file in PictureName(path: file).map { ($0.name, file) } }
        return Dictionary(pairs) { min($0, $1) }
    }

    /// The same of a folder and of those folders in it that are named by five digits, as FFHQ's are: paths relative to
    /// the folder.
    ///
    /// - Throws: `FaceSourceError`.
    static func numbered(in folder: String) throws(FaceSourceError) -> [String: String] {
        var paths = try files(in: folder)
        for entry in try contents(of: folder) where entry.count == 5 && entry.allSatisfy(\.isWholeNumber) {
            for (name, file) in try files(in: folder + "/" + entry) { paths[name] = entry + "/" + file }
            guard paths.count <= mostFiles else { throw .tooManyFiles(path: folder, limit: mostFiles) }
        }
        return paths
    }

    private static func contents(of folder: String) throws(FaceSourceError) -> [String] {
        guard let contents = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw .missing(path: folder, need: "it must be a folder of pictures that can be read")
        }
        guard contents.count <= mostFiles else { throw .tooManyFiles(path: folder, limit: mostFiles) }
        return contents
    }
}
