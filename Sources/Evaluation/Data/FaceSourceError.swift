/// Why a data set, or a picture of it, cannot be used.
package enum FaceSourceError: Error, Equatable, CustomStringConvertible {
    /// A part of a layout is not there; `need` says what it is needed for and what to do.
    case missing(path: String, need: String)
    /// What is there has no layout that is known.
    case unknownLayout(path: String)
    /// A compressed archive; `program` unpacks it.
    case packed(path: String, program: String)
    /// No picture is there, or none of the split.
    case noPictures(path: String)
    /// The layout has no such split.
    case noSplit(FaceSplit, layout: FaceLayout)
    /// A table is not what it should be, from a line on.
    case damagedTable(path: String, line: Int, reason: String)
    /// An archive is not what it should be, from a byte on.
    case damagedArchive(path: String, place: Int, reason: String)
    /// More files than a data set may have.
    case tooManyFiles(path: String, limit: Int)
    /// No picture has the name.
    case noSuchPicture(name: String, path: String)
    /// A picture cannot be read or decoded.
    case unreadable(name: String, path: String, reason: String)

    /// For people: the cause and the next step.
    package var description: String {
        switch self {
        case .missing(let path, let need): "\(path) is missing: \(need)"
        case .unknownLayout(let path):
            """
            \(path) is no data set of a known layout: it needs pictures, or img_align_celeba (CelebA), \
            CelebA-HQ-img (CelebA-HQ), images1024x1024 or thumbnails128x128 (FFHQ), or metfaces.json \
            and images (MetFaces)
            """
        case .packed(let path, let program): "\(path) is compressed: unpack it first with \(program)"
        case .noPictures(let path):
            "\(path) has no pictures to evaluate (PNG, JPEG, WebP, HEIC, AVIF): look whether it was unpacked there"
        case .noSplit(let split, let layout):
            "the layout \(layout.rawValue) has no split \(split.rawValue): \(layout.splitsAdvice)"
        case .damagedTable(let path, let line, let reason):
            "line \(line) of \(path) is damaged (\(reason)): download the table again"
        case .damagedArchive(let path, let place, let reason):
            "\(path) cannot be read at byte \(place) (\(reason)): copy or make the archive again"
        case .tooManyFiles(let path, let limit): "\(path) has more than \(limit) files: split it up"
        case .noSuchPicture(let name, let path): "\(path) has no picture \(name): take one of its names"
        case .unreadable(let name, let path, let reason): "the picture \(name) of \(path) cannot be read: \(reason)"
        }
    }
}
