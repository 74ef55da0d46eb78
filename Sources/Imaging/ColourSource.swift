import CLCMS
import Glibc

/// What a file says of its colours.
enum ColourSource: Equatable {
    /// sRGB, or nothing.
    case srgb
    /// An ICC profile.
    case profile([UInt8])
    /// Colour primaries and transfer characteristics as ITU-T H.273 numbers them.
    case coded(primaries: Int, transfer: Int)
    /// The exponent from light to samples, and x and y of white, red, green and blue: PNG's gAMA and cHRM.
    case measured(gamma: Double?, chromaticities: [Double]?)

    private static let d65 = [0.3127, 0.3290]
    private static let srgbChromaticities = d65 + [0.64, 0.33, 0.30, 0.60, 0.15, 0.06]
    /// Points of a curve from samples to light.
    private static let points = 4096

    /// What makes sRGB of the samples; nil where they are sRGB, or where what is said cannot be used.
    func transform(from layout: SampleLayout, isGrey: Bool) -> ColourTransform? {
        switch self {
        case .srgb:
            return nil
        case .profile(let profile):
            return ColourTransform(clcms_from_profile(profile, profile.count, layout.lcms, isGrey ? 1 : 0))
        case .coded(let primaries, let transfer):
            let chromaticities = Self.chromaticities(primaries)
            guard let curve = Self.curve(transfer) else {
                guard chromaticities != Self.srgbChromaticities else { return nil }
                return Self.transform(chromaticities, Self.srgbLight, layout)
            }
            return Self.transform(chromaticities, curve, layout)
        case .measured(let gamma, let chromaticities):
            let isSRGBLike = gamma.map { abs($0 * 2.2 - 1) < 0.05 } ?? true
            let known = chromaticities.flatMap(Self.sensible) ?? Self.srgbChromaticities
            let hasSRGBPrimaries = zip(known, Self.srgbChromaticities).allSatisfy { abs($0 - $1) < 0.01 }
            if isSRGBLike {
                return hasSRGBPrimaries ? nil : Self.transform(known, Self.srgbLight, layout)
            }
            guard let gamma, (0.1...10).contains(gamma) else { return nil }
            return Self.transform(known, { pow($0, 1 / gamma) }, layout)
        }
    }

    private static func transform(
        _ chromaticities: [Double],
        _ light: (Double) -> Double,
        _ layout: SampleLayout
    ) -> ColourTransform? {
        if case .cmyk = layout { return nil }
        let curve = (0..<points).map { index in
            UInt16(min(max(light(Double(index) / Double(points - 1)), 0), 1) * 65535 + 0.5)
        }
        return ColourTransform(clcms_from_primaries(chromaticities, curve, UInt32(points), layout.lcms))
    }

    private static func sensible(_ xy: [Double]) -> [Double]? {
        xy.count == 8 && xy.allSatisfy({ (0...1).contains($0) }) && xy[1] > 0.01 ? xy : nil
    }

    private static func chromaticities(_ code: Int) -> [Double] {
        switch code {
        case 4: [0.310, 0.316, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08]
        case 5: d65 + [0.64, 0.33, 0.29, 0.60, 0.15, 0.06]
        case 6, 7: d65 + [0.630, 0.340, 0.310, 0.595, 0.155, 0.070]
        case 9: d65 + [0.708, 0.292, 0.170, 0.797, 0.131, 0.046]
        case 11: [0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060]
        case 12: d65 + [0.680, 0.320, 0.265, 0.690, 0.150, 0.060]
        default: srgbChromaticities
        }
    }

    private static func srgbLight(_ v: Double) -> Double { v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4) }

    /// From samples to light; nil for sRGB, and for what displays show alike.
    private static func curve(_ code: Int) -> ((Double) -> Double)? {
        switch code {
        case 4: return { pow($0, 2.2) }
        case 5: return { pow($0, 2.8) }
        case 8: return { $0 }
        case 16:
            // PQ (SMPTE ST 2084). White paper is at 203 cd/m²; what is brighter is cut off.
            return { v in
                let power = pow(v, 1 / 78.84375)
                let light = pow(max(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power), 1 / 0.1593017578125)
                return light * 10_000 / 203
            }
        case 18:
            // HLG. White paper is at 75 % of the signal; what is brighter is cut off.
            func scene(_ v: Double) -> Double {
                v <= 0.5 ? v * v / 3 : (exp((v - 0.55991073) / 0.17883277) + 0.28466892) / 12
            }
            return { scene($0) / scene(0.75) }
        default: return nil
        }
    }
}

extension SampleLayout {
    fileprivate var lcms: clcms_layout {
        switch self {
        case .rgb: CLCMS_RGB
        case .rgba: CLCMS_RGBA
        case .rgba16: CLCMS_RGBA16
        case .cmyk(let inverted): inverted ? CLCMS_CMYK_INVERTED : CLCMS_CMYK
        }
    }
}

/// A conversion of rows to 8-bit sRGB.
final class ColourTransform {
    private let transform: OpaquePointer

    fileprivate init?(_ transform: OpaquePointer?) {
        guard let transform else { return nil }
        self.transform = transform
    }

    deinit { clcms_free(transform) }

    /// Converts `count` pixels; alpha is left out.
    func convert(_ samples: UnsafeRawPointer, into rgb: UnsafeMutablePointer<UInt8>, count: Int) {
        clcms_convert(transform, samples, rgb, UInt32(count))
    }
}
