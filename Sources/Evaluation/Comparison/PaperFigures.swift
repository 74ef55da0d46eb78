/// What the paper reports (arXiv 2411.15702), to stand beside ours, and why the two cannot be the same.
enum PaperFigures {
    private static let rows: [String: [(what: String, figures: String)]] = [
        "main": [
            ("Fig. 4, CelebA at 128 px, lowest SNR, ours", "LPIPS 0.1616, FID 66.64, KID −0.0012"),
            ("Table I, CBR: DeepSC, JPEG + LDPC, ours", "0.0833, 0.0389, 0.0104"),
        ],
        "high-resolution": [
            ("Fig. 6, CelebA-HQ at 1024 px, lowest SNR, ours", "LPIPS 0.3602"),
            ("Table II, CBR: DeepSC, JPEG + LDPC, ours", "0.0833, 0.0111, 0.0002"),
        ],
        "ood": [("Fig. 8, MetFaces, lowest SNR, ours", "LPIPS 0.2354, FID 107.12, KID 0.0224")],
        "inversion-steps": [
            ("Table III, T_inv 70, 90, 110, 130, 150", "LPIPS 0.1769, 0.1633, 0.1616, 0.1642, 0.1624"),
            ("seconds, from 70 to 150", "6.11 to 10.21 on an A6000"),
        ],
        "ablate-adapters": [
            ("Table IV, without and with adapters: CelebA", "0.3105, 0.1616"),
            ("CelebA-HQ", "0.4790, 0.3602"), ("MetFaces", "0.3501, 0.2354"),
        ],
        "fine-tune-steps": [("Table V, T_ft 2, 4, 6, 8, 10", "LPIPS 0.2110, 0.1705, 0.1616, 0.1643, 0.1645")],
        "ablate-matching": [("Fig. 10", "without the loop edits overshoot: pictures, no figures")],
    ]

    /// A table, or nothing where the paper reports nothing.
    static func html(of experiment: String) -> String {
        guard let rows = rows[experiment] else { return "" }
        let lines = rows.map { "<tr><td>\($0.what)</td><td>\($0.figures)</td></tr>" }
        return """
            <h3>In the paper</h3>
            <table>\(lines.joined())</table>
            <p><small>Other generator (StyleGAN2), other faces, LPIPS of a trunk that is not named, Inception's FID, SNRs
            that its text does not give: figures to look at side by side, not to subtract.</small></p>
            """
    }
}
