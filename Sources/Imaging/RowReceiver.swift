import Glibc

/// How the samples of a decoded row lie.
enum SampleLayout {
    case rgb
    case rgba
    /// 16 bits each, in the machine's order.
    case rgba16
    /// Ink, or with 255 for none.
    case cmyk(inverted: Bool)

    var bytesPerPixel: Int {
        switch self {
        case .rgb: 3
        case .rgba, .cmyk: 4
        case .rgba16: 8
        }
    }
}

/// Makes a picture of the rows that a decoder hands out: colours to sRGB, transparency over white, upright.
final class RowReceiver {
    private let watch: DecodeWatch
    private let layout: SampleLayout
    private let transform: ColourTransform?
    private let width, height: Int
    /// Where pixel (x, y) of the file goes: `start + x·across + y·down` pixels.
    private let start, across, down: Int
    private let target: UnsafeMutableBufferPointer<UInt8>
    private var line: [UInt8]
    private var rows = 0

    private init(
        watch: DecodeWatch,
        layout: SampleLayout,
        transform: ColourTransform?,
        width: Int,
        height: Int,
        orientation: ExifOrientation,
        target: UnsafeMutableBufferPointer<UInt8>
    ) {
        (self.watch, self.layout, self.transform) = (watch, layout, transform)
        (self.width, self.height, self.target) = (width, height, target)
        (start, across, down) = orientation.places(width: width, height: height)
        line = [UInt8](repeating: 0, count: width * 3)
    }

    /// Gathers a picture.
    ///
    /// - Parameter decode: hands all rows of the file to the receiver, which is its own, or throws.
    static func picture(
        width: Int,
        height: Int,
        layout: SampleLayout,
        colours: ColourSource,
        isGrey: Bool = false,
        orientation: ExifOrientation,
        watch: DecodeWatch,
        decode: (RowReceiver) throws(PictureError) -> Void
    ) throws(PictureError) -> Picture {
        let transform = colours.transform(from: layout, isGrey: isGrey)
        var problem: PictureError?
        let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
            let target = UnsafeMutableBufferPointer(rebasing: buffer[..<(width * height * 3)])
            let receiver = RowReceiver(
                watch: watch,
                layout: layout,
                transform: transform,
                width: width,
                height: height,
                orientation: orientation,
                target: target
            )
            do throws(PictureError) {
                try decode(receiver)
                if let stopped = watch.stopped { throw stopped }
                guard receiver.rows == height else { throw .damaged(format: "picture", reason: "rows are missing") }
                count = target.count
            } catch {
                problem = error
            }
        }
        if let problem { throw problem }
        let turned = orientation.swapsAxes
        return Picture(width: turned ? height : width, height: turned ? width : height, pixels: pixels)
    }

    /// Takes row `y`; whether decoding is to go on.
    func take(row y: Int, _ samples: UnsafeRawPointer) -> Bool {
        guard y == rows, y < height, !watch.isOver() else { return false }
        rows += 1
        line.withUnsafeMutableBufferPointer { line in
            convert(samples, into: line)
            place(line, row: y)
        }
        return true
    }

    /// Called between rows; whether decoding is to go on.
    func goesOn() -> Bool { !watch.isOver() }

    private func convert(_ samples: UnsafeRawPointer, into line: UnsafeMutableBufferPointer<UInt8>) {
        guard let to = line.baseAddress else { return }
        let bytes = samples.assumingMemoryBound(to: UInt8.self)
        if let transform {
            transform.convert(samples, into: to, count: width)
        } else {
            switch layout {
            case .rgb:
                to.update(from: bytes, count: width * 3)
            case .rgba:
                for x in 0..<width {
                    for channel in 0..<3 { to[x * 3 + channel] = bytes[x * 4 + channel] }
                }
            case .rgba16:
                let values = samples.assumingMemoryBound(to: UInt16.self)
                for x in 0..<width {
                    for channel in 0..<3 { to[x * 3 + channel] = Self.eightBits(values[x * 4 + channel]) }
                }
            case .cmyk(let inverted):
                for x in 0..<width {
                    let key = inverted ? UInt32(bytes[x * 4 + 3]) : 255 - UInt32(bytes[x * 4 + 3])
                    for channel in 0..<3 {
                        let paper = inverted ? UInt32(bytes[x * 4 + channel]) : 255 - UInt32(bytes[x * 4 + channel])
                        to[x * 3 + channel] = UInt8((paper * key + 127) / 255)
                    }
                }
            }
        }
        switch layout {
        case .rgba:
            for x in 0..<width { Self.layOverWhite(to + x * 3, alpha: UInt32(bytes[x * 4 + 3])) }
        case .rgba16:
            let values = samples.assumingMemoryBound(to: UInt16.self)
            for x in 0..<width { Self.layOverWhite(to + x * 3, alpha: UInt32(Self.eightBits(values[x * 4 + 3]))) }
        case .rgb, .cmyk:
            break
        }
    }

    @inline(__always)
    private static func eightBits(_ value: UInt16) -> UInt8 { UInt8((UInt32(value) * 255 + 32895) >> 16) }

    /// Source over white in the stored (gamma-coded) values, as browsers do it.
    @inline(__always)
    private static func layOverWhite(_ pixel: UnsafeMutablePointer<UInt8>, alpha: UInt32) {
        guard alpha < 255 else { return }
        for channel in 0..<3 {
            pixel[channel] = UInt8((UInt32(pixel[channel]) * alpha + 255 * (255 - alpha) + 127) / 255)
        }
    }

    private func place(_ line: UnsafeMutableBufferPointer<UInt8>, row y: Int) {
        guard let from = line.baseAddress, let to = target.baseAddress else { return }
        let first = to + (start + y * down) * 3
        if across == 1 {
            first.update(from: from, count: width * 3)
            return
        }
        for x in 0..<width {
            let pixel = first + x * across * 3
            for channel in 0..<3 { pixel[channel] = from[x * 3 + channel] }
        }
    }
}
