/// Pictures side by side, each with a caption below, dark on white.
public struct Montage: Sendable {
    /// A picture and what is written below it.
    public struct Panel: Sendable {
        /// Of any size; it is scaled to the height of the montage.
        public var picture: Picture
        /// Printable ASCII reads best; other characters appear as a box.
        public var caption: String

        /// A panel.
        public init(picture: Picture, caption: String) {
            self.picture = picture
            self.caption = caption
        }
    }

    /// From left to right.
    public var panels: [Panel]
    /// Height of every panel in pixels.
    public var panelHeight: Int

    /// - Precondition: there is at least one panel and the height is positive.
    public init(panels: [Panel], panelHeight: Int = 256) {
        precondition(!panels.isEmpty && panelHeight > 0, "a montage needs panels")
        self.panels = panels
        self.panelHeight = panelHeight
    }

    /// Draws the montage. Captions are wrapped to the width of their panel.
    public func picture() -> Picture {
        let magnification = max(2, panelHeight / 128)
        let margin = max(8, panelHeight / 32)
        let pictures = panels.map { panel in
            panel.picture.resizedArea(
                width: max(1, panel.picture.width * panelHeight / panel.picture.height),
                height: panelHeight
            )
        }
        let captions = zip(panels, pictures).map { panel, picture in
            BitmapFont.wrap(panel.caption, columns: max(1, picture.width / (BitmapFont.advance * magnification)))
        }
        let lineHeight = BitmapFont.lineHeight * magnification
        let textHeight = (captions.map(\.count).max() ?? 0) * lineHeight
        let width = pictures.reduce(margin) { $0 + $1.width + margin }
        let height = margin + panelHeight + margin + textHeight + margin
        var canvas = Picture(width: width, height: height, red: 255, green: 255, blue: 255)
        var left = margin
        for (picture, lines) in zip(pictures, captions) {
            canvas.paste(picture, x: left, y: margin)
            for (number, line) in lines.enumerated() {
                let length = line.count * BitmapFont.advance * magnification
                let x = left + max(0, (picture.width - length) / 2)
                let y = margin + panelHeight + margin + number * lineHeight
                canvas.draw(line, x: x, y: y, magnification: magnification)
            }
            left += picture.width + margin
        }
        return canvas
    }
}

extension Picture {
    fileprivate mutating func paste(_ picture: Picture, x: Int, y: Int) {
        for row in 0..<picture.height {
            let from = row * picture.width * 3
            let to = ((y + row) * width + x) * 3
            pixels.replaceSubrange(to..<to + picture.width * 3, with: picture.pixels[from..<from + picture.width * 3])
        }
    }

    fileprivate mutating func draw(_ line: String, x: Int, y: Int, magnification: Int) {
        for (position, character) in line.enumerated() {
            let left = x + position * BitmapFont.advance * magnification
            for (row, bits) in BitmapFont.rows(of: character).enumerated() {
                for column in 0..<BitmapFont.width where bits & (0x10 >> UInt8(column)) != 0 {
                    fill(x: left + column * magnification, y: y + row * magnification, side: magnification)
                }
            }
        }
    }

    private mutating func fill(x: Int, y: Int, side: Int) {
        for row in y..<min(y + side, height) {
            for column in x..<min(x + side, width) {
                let index = (row * width + column) * 3
                pixels[index] = 30
                pixels[index + 1] = 30
                pixels[index + 2] = 36
            }
        }
    }
}
