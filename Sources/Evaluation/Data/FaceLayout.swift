import Foundation

/// How the pictures of a data set lie on disk.
package enum FaceLayout: String, Codable, Sendable, CaseIterable {
    /// Pictures in one folder.
    case folder
    /// Pictures in a .tar archive.
    case tar
    /// CelebA as published: `img_align_celeba/*.jpg`, 178 × 218 pixels, with `list_eval_partition.txt`.
    case celebA = "celeba"
    /// CelebA-HQ as CelebAMask-HQ publishes it: `CelebA-HQ-img/*.jpg`, with `CelebA-HQ-to-CelebA-mapping.txt`.
    case celebAHQ = "celeba-hq"
    /// FFHQ: `images1024x1024/NNNNN/*.png`.
    case ffhq
    /// FFHQ's small pictures: `thumbnails128x128/NNNNN/*.png`.
    case ffhqThumbnails = "ffhq-thumbnails"
    /// MetFaces: `images/*.png`, with `metfaces.json`.
    case metFaces = "metfaces"

    /// Whether the pictures are published in the FFHQ frame. CelebA-HQ was cut by the formula that FFHQ took over. Of a
    /// folder or an archive nothing is known.
    package var isAligned: Bool {
        switch self {
        case .folder, .tar, .celebA: false
        case .celebAHQ, .ffhq, .ffhqThumbnails, .metFaces: true
        }
    }

    /// Where the pictures may lie below the data set's folder, the likeliest last, for errors.
    var pictureFolders: [String] {
        switch self {
        case .folder: [""]
        case .tar: []
        case .celebA: ["img_align_celeba/img_align_celeba", "Img/img_align_celeba", "img_align_celeba"]
        case .celebAHQ: ["CelebAMask-HQ/CelebA-HQ-img", "CelebA-HQ-img"]
        case .ffhq: ["images1024x1024"]
        case .ffhqThumbnails: ["thumbnails128x128"]
        case .metFaces: ["images"]
        }
    }

    /// What to do about a split that is not there.
    var splitsAdvice: String {
        switch self {
        case .folder, .tar, .metFaces: "leave the split out"
        case .celebA, .celebAHQ: "take train, val or test"
        case .ffhq, .ffhqThumbnails: "take train (the first 60,000) or val (the others)"
        }
    }

    /// Files and folders of which one tells the layout.
    private var marks: [String] {
        switch self {
        case .folder, .tar: []
        case .metFaces: ["metfaces.json"]
        case .celebA: pictureFolders + ["list_eval_partition.txt", "Eval/list_eval_partition.txt"]
        case .celebAHQ, .ffhq, .ffhqThumbnails: pictureFolders
        }
    }

    /// The layout of what lies at `path`: of a file `tar`, of a folder what is found in it, in the order of the cases
    /// above but for plain folders, which come last.
    ///
    /// - Throws: `FaceSourceError`.
    package init(recognising path: String) throws(FaceSourceError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw .missing(path: path, need: "name a folder or a .tar archive of pictures")
        }
        guard isFolder.boolValue else {
            self = .tar
            return
        }
        let known = Self.allCases.first { layout in
            layout.marks.contains { FileManager.default.fileExists(atPath: path + "/" + $0) }
        }
        if let known {
            self = known
        } else if try !PictureFolder.files(in: path).isEmpty {
            self = .folder
        } else {
            throw .unknownLayout(path: path)
        }
    }
}

/// The part of a data set that its publishers set aside.
package enum FaceSplit: String, Codable, Sendable, CaseIterable {
    case train
    case validation = "val"
    case test
}
