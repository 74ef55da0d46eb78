extension Picture {
    /// Pictures of one size in rows of `columns`, the last one filled up with white.
    ///
    /// - Precondition: there is at least one picture, and all have the first one's size.
    public init(grid pictures: [Picture], columns: Int) {
        precondition(!pictures.isEmpty && columns > 0, "a grid needs pictures")
        let (width, height) = (pictures[0].width, pictures[0].height)
        precondition(pictures.allSatisfy { $0.width == width && $0.height == height }, "pictures of several sizes")
        let across = min(columns, pictures.count)
        let rows = (pictures.count + across - 1) / across
        var pixels = [UInt8](repeating: 255, count: across * width * rows * height * 3)
        for (index, picture) in pictures.enumerated() {
            let (left, top) = (index % across * width, index / across * height)
            for y in 0..<height {
                let start = ((top + y) * across * width + left) * 3
                pixels.replaceSubrange(
                    start..<start + width * 3,
                    with: picture.pixels[y * width * 3..<(y + 1) * width * 3]
                )
            }
        }
        self.init(width: across * width, height: rows * height, pixels: pixels)
    }

    /// Pictures of one size, one below the other.
    public init(stacking pictures: [Picture]) {
        self.init(grid: pictures, columns: 1)
    }
}
