/// The page's files, which are in the program.
enum ConsolePage {
    static let html = "text/html; charset=utf-8"

    struct Asset: Sendable {
        let path: String
        let type: String
        let bytes: [UInt8]
    }

    static let assets =
        [
            Asset(path: "/", type: html, bytes: PackageResources.index_html),
            Asset(path: "/console.css", type: "text/css; charset=utf-8", bytes: PackageResources.console_css),
            Asset(path: "/icon.svg", type: "image/svg+xml", bytes: PackageResources.icon_svg),
        ] + scripts.map { Asset(path: "/\($0).js", type: "text/javascript; charset=utf-8", bytes: $1) }

    private static let scripts = [
        ("console", PackageResources.console_js), ("daemons", PackageResources.daemons_js),
        ("conversation", PackageResources.conversation_js), ("channel", PackageResources.channel_js),
        ("gallery", PackageResources.gallery_js), ("plots", PackageResources.plots_js),
        ("camera", PackageResources.camera_js), ("stream", PackageResources.stream_js),
    ]

    static let login = PackageResources.login_html
    /// With a word that the token was wrong.
    static let loginAgain = Array(
        String(decoding: login, as: UTF8.self).replacing(" hidden>", with: ">").utf8
    )
}
