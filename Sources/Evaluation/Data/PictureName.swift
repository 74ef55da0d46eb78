/// The name under which a picture of a data set is known: fit to be a file's name and to be printed.
struct PictureName: Equatable {
    let name: String

    /// Endings of the formats that are read.
    private static let endings: Set = ["png", "jpg", "jpeg", "webp", "heic", "heif", "avif"]

    /// Of a path within an archive or a folder: its parts, joined by underscores; characters that cannot be seen become
    /// underscores. Nil where the ending is not a picture's, or a part is hidden.
    init?(path: String) {
        let parts = path.split(separator: "/").filter { $0 != "." && $0 != ".." }
        guard let last = parts.last, !parts.contains(where: { $0.hasPrefix(".") }) else { return nil }
        guard let dot = last.lastIndex(of: "."), Self.endings.contains(last[last.index(after: dot)...].lowercased())
        else { return nil }
        var cleaned = String.UnicodeScalarView()
        for scalar in parts.joined(separator: "_").unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
                cleaned.append("_")
            default: cleaned.append(scalar)
            }
        }
        name = String(cleaned)
    }
}
