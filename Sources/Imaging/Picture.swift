import Glibc

/// An 8-bit sRGB picture: interleaved R, G, B, rows from top to bottom, no padding.
public struct Picture: Sendable, Equatable {
    /// In pixels.
    public let width: Int
    /// In pixels.
    public let height: Int
    /// `width × height × 3` bytes.
    public var pixels: [UInt8]

    /// - Precondition: both sides are positive and `pixels.count == width * height * 3`.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0 && pixels.count == width * height * 3, "pixels do not fill the picture")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// A picture of one colour.
    public init(width: Int, height: Int, red: UInt8, green: UInt8, blue: UInt8) {
        var pixels = [UInt8](repeating: 0, count: width * height * 3)
        for index in stride(from: 0, to: pixels.count, by: 3) {
            pixels[index] = red
            pixels[index + 1] = green
            pixels[index + 2] = blue
        }
        self.init(width: width, height: height, pixels: pixels)
    }

    /// A picture from network output of shape [height, width, 3] in [−1, 1].
    ///
    /// Values outside are clamped, not-a-number becomes black; rounding is to nearest.
    /// - Precondition: `signed.count == width * height * 3`.
    public init(signed: [Float], width: Int, height: Int) {
        let pixels = signed.map { value -> UInt8 in
            let level = (value + 1) * 127.5
            return level >= 255 ? 255 : level > 0 ? UInt8(level.rounded()) : 0
        }
        self.init(width: width, height: height, pixels: pixels)
    }

    /// The pixels as network input of shape [height, width, 3]: `value / 127.5 − 1`.
    public var signed: [Float] {
        pixels.map { Float($0) / 127.5 - 1 }
    }

    /// The part of the picture that starts at (`x`, `y`).
    ///
    /// - Precondition: the rectangle is not empty and lies inside the picture.
    public func cropped(x: Int, y: Int, width cropWidth: Int, height cropHeight: Int) -> Picture {
        precondition(
            x >= 0 && y >= 0 && cropWidth > 0 && cropHeight > 0 && cropWidth <= width - x && cropHeight <= height - y,
            "the rectangle leaves the picture"
        )
        var cropped: [UInt8] = []
        cropped.reserveCapacity(cropWidth * cropHeight * 3)
        for row in y..<y + cropHeight {
            let start = (row * width + x) * 3
            cropped += pixels[start..<start + cropWidth * 3]
        }
        return Picture(width: cropWidth, height: cropHeight, pixels: cropped)
    }

    /// The picture turned clockwise by so many quarters.
    public func turned(quarters: Int) -> Picture {
        let turns: [ExifOrientation] = [.upright, .rotatedRight, .rotatedHalf, .rotatedLeft]
        let orientation = turns[(quarters % 4 + 4) % 4]
        if orientation == .upright { return self }
        let (start, across, down) = orientation.places(width: width, height: height)
        let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, count in
            pixels.withUnsafeBufferPointer { source in
                for y in 0..<height {
                    for x in 0..<width {
                        let (from, to) = ((y * width + x) * 3, (start + x * across + y * down) * 3)
                        for channel in 0..<3 { target[to + channel] = source[from + channel] }
                    }
                }
            }
            count = pixels.count
        }
        return orientation.swapsAxes
            ? Picture(width: height, height: width, pixels: turned)
            : Picture(width: width, height: height, pixels: turned)
    }

    /// Peak signal-to-noise ratio in dB over all three channels, peak 255; infinite for equal pictures.
    ///
    /// - Precondition: both pictures have the same size.
    public func psnr(against other: Picture) -> Double {
        precondition(width == other.width && height == other.height, "PSNR needs pictures of one size")
        var squares = 0
        for (a, b) in zip(pixels, other.pixels) {
            let difference = Int(a) - Int(b)
            squares += difference * difference
        }
        guard squares > 0 else { return .infinity }
        let meanSquare = Double(squares) / Double(pixels.count)
        return 10 * log10(255 * 255 / meanSquare)
    }
}
