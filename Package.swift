// swift-tools-version:6.1
import PackageDescription

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]

// `DEEPSC_DOCC=1 swift package generate-documentation`; a build needs not compile it.
let documentation: [Package.Dependency] =
    Context.environment["DEEPSC_DOCC"] == nil
    ? [] : [.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0")]

let package = Package(
    name: "editable-deepsc",
    products: [
        .library(name: "Tensor", targets: ["Tensor"]),
        .library(name: "Networks", targets: ["Networks"]),
        .library(name: "Channel", targets: ["Channel"]),
        .executable(name: "tx-daemon", targets: ["tx-daemon"]),
        .executable(name: "rx-daemon", targets: ["rx-daemon"]),
        .executable(name: "snr-relay", targets: ["snr-relay"]),
        .executable(name: "txctl", targets: ["txctl"]),
        .executable(name: "deepsc-console", targets: ["deepsc-console"]),
        .executable(name: "modelctl", targets: ["modelctl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.5.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.0.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.90.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ] + documentation,
    targets: [
        // Row 0: module maps, shims and the SIMD kernels.
        .systemLibrary(name: "COpenBLAS"),
        .target(name: "CPNG", linkerSettings: [.linkedLibrary("png")]),
        .target(name: "CJPEG", linkerSettings: [.linkedLibrary("jpeg")]),
        .target(name: "CConfined"),
        .target(name: "CWebP", dependencies: ["CConfined"], linkerSettings: [.linkedLibrary("webp")]),
        .target(
            name: "CImageCoders",
            linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("webp"), .linkedLibrary("heif")]
        ),
        .target(name: "CHEIF", dependencies: ["CConfined"], linkerSettings: [.linkedLibrary("heif")]),
        .target(name: "CLCMS", linkerSettings: [.linkedLibrary("lcms2")]),
        .systemLibrary(name: "CSystemd"),
        .target(name: "CLineEditor", linkerSettings: [.linkedLibrary("edit")]),
        .target(name: "CKernels"),
        .target(name: "Basics", dependencies: [crypto]),
        // Row 1
        .target(name: "Tensor", dependencies: ["COpenBLAS", "CKernels"]),
        .target(name: "Imaging", dependencies: ["Basics", "CPNG", "CJPEG", "CConfined", "CWebP", "CHEIF", "CLCMS"]),
        // Row 2
        .target(name: "Networks", dependencies: ["Basics", "Tensor", "Imaging", crypto]),
        .target(name: "Channel", dependencies: ["CKernels"]),
        .target(
            name: "Wire",
            dependencies: [
                "Basics", "CKernels", crypto, .product(name: "DequeModule", package: "swift-collections"),
            ]
        ),
        // Row 3
        .target(
            name: "SemanticCoding",
            dependencies: ["Basics", "Networks", "Channel", "Tensor", "Imaging", "CImageCoders", crypto]
        ),
        // Row 4
        .target(
            name: "SemanticTraining",
            dependencies: ["SemanticCoding", "Networks", "Channel", "Tensor", "Imaging", "Basics"]
        ),
        .target(
            name: "ControlAPI",
            dependencies: [
                "Basics", .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ] + nio
        ),
        .target(
            name: "ServiceKit",
            dependencies: [
                "CSystemd", "Wire", "Basics", "ControlAPI", argumentParser, crypto, logging, metrics, lifecycle,
                signals,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "TOMLKit", package: "TOMLKit"),
            ] + nio
        ),
        // Row 5
        .target(
            name: "Transmitter",
            dependencies: [
                "ServiceKit", "ControlAPI", "SemanticCoding", "Networks", "Channel", "Wire", "Imaging", "Basics",
                crypto,
                metrics,
                .product(name: "Hummingbird", package: "hummingbird"),
            ]
        ),
        .target(
            name: "Receiver",
            dependencies: [
                "ServiceKit", "ControlAPI", "SemanticCoding", "Networks", "Channel", "Wire", "Tensor", "Imaging",
                "Basics",
                crypto, metrics,
            ]
        ),
        .target(
            name: "Relay",
            dependencies: [
                "ServiceKit", "ControlAPI", "Channel", "Wire", "Basics", lifecycle, logging, metrics,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HeapModule", package: "swift-collections"),
            ]
        ),
        .target(
            name: "Console",
            dependencies: [
                "ServiceKit", "ControlAPI", "Basics", crypto, lifecycle, logging,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ] + nio,
            resources: [.embedInCode("Page")]
        ),
        .target(
            name: "Evaluation",
            dependencies: [
                "SemanticTraining", "SemanticCoding", "Networks", "Channel", "Wire", "Tensor", "Imaging", "Basics",
            ]
        ),
        // Row 6
        .executableTarget(name: "tx-daemon", dependencies: ["Transmitter", "ServiceKit", "Basics", argumentParser]),
        .executableTarget(name: "rx-daemon", dependencies: ["Receiver", "ServiceKit", "Basics", argumentParser]),
        .executableTarget(name: "snr-relay", dependencies: ["Relay", "ServiceKit", "Basics", argumentParser]),
        .executableTarget(name: "deepsc-console", dependencies: ["Console", "ServiceKit", "Basics", argumentParser]),
        .executableTarget(name: "txctl", dependencies: ["ControlAPI", "CLineEditor", "Basics", argumentParser]),
        .executableTarget(
            name: "modelctl",
            dependencies: [
                "Evaluation", "SemanticTraining", "SemanticCoding", "Networks", "Channel", "Tensor", "Imaging",
                "Basics",
                argumentParser, crypto,
            ]
        ),
        // Tests mirror the targets. Every module that a target imports is named: an incremental build would otherwise keep
        // what it compiled against another layout of that module's types.
        .target(name: "TestSupport", dependencies: ["Networks"], path: "Tests/TestSupport"),
        .testTarget(name: "BasicsTests", dependencies: ["Basics", "TestSupport"]),
        .testTarget(name: "TensorTests", dependencies: ["Tensor", "CKernels"], exclude: ["Fixtures"]),
        .testTarget(name: "ImagingTests", dependencies: ["Imaging", "CConfined", "Basics"], exclude: ["Fixtures"]),
        .testTarget(
            name: "NetworksTests",
            dependencies: ["Networks", "Tensor", "Imaging", "Basics", "TestSupport"],
            exclude: ["Fixtures"]
        ),
        .testTarget(name: "ChannelTests", dependencies: ["Channel", "CKernels"], exclude: ["Fixtures"]),
        .testTarget(name: "WireTests", dependencies: ["Wire", "CKernels"]),
        .testTarget(
            name: "SemanticCodingTests",
            dependencies: [
                "SemanticCoding", "SemanticTraining", "Networks", "Channel", "Tensor", "Imaging", "Basics",
                "TestSupport",
            ]
        ),
        .testTarget(
            name: "SemanticTrainingTests",
            dependencies: [
                "SemanticTraining", "SemanticCoding", "Networks", "Channel", "Tensor", "Imaging", "Basics",
                "TestSupport",
            ]
        ),
        .testTarget(
            name: "EvaluationTests",
            dependencies: [
                "Evaluation", "CImageCoders", "SemanticTraining", "SemanticCoding", "Networks", "Channel", "Tensor",
                "Imaging", "Basics", "TestSupport",
            ],
            exclude: ["Fixtures"]
        ),
        .testTarget(name: "ControlAPITests", dependencies: ["ControlAPI", "Basics", "TestSupport"]),
        .testTarget(
            name: "ServiceKitTests",
            dependencies: ["ServiceKit", "ControlAPI", "Wire", "Basics", "TestSupport"]
        ),
        .testTarget(
            name: "TransmitterTests",
            dependencies: [
                "Transmitter", "ServiceKit", "ControlAPI", "SemanticCoding", "Networks", "Wire", "Imaging", "Basics",
                "TestSupport", "txctl",
            ]
        ),
        .testTarget(
            name: "ReceiverTests",
            dependencies: [
                "Receiver", "ServiceKit", "ControlAPI", "SemanticCoding", "Channel", "Wire", "Imaging", "Basics",
                "TestSupport",
            ]
        ),
        .testTarget(name: "ConsoleTests", dependencies: ["Console", "ServiceKit", "Basics", "TestSupport"]),
        .testTarget(
            name: "RelayTests",
            dependencies: ["Relay", "ServiceKit", "ControlAPI", "Channel", "Wire", "Basics", "TestSupport"]
        ),
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "Basics", "ControlAPI", "Imaging", "Networks", "Receiver", "Relay", "ServiceKit", "TestSupport",
                "Transmitter", "Wire",
            ],
            exclude: ["Corpus"]
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["Imaging", "SemanticCoding", "ServiceKit", "ControlAPI", "Basics", "TestSupport", "Wire"]
        ),
    ],
    swiftLanguageModes: [.v6]
)
