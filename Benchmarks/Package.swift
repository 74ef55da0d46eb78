// swift-tools-version:6.1
import PackageDescription

let package = Package(
    name: "Benchmarks",
    dependencies: [.package(name: "editable-deepsc", path: "..")],
    targets: [
        .executableTarget(
            name: "inversion-step",
            dependencies: [
                .product(name: "Tensor", package: "editable-deepsc"),
                .product(name: "Networks", package: "editable-deepsc"),
            ]
        ),
        .executableTarget(
            name: "channel-model",
            dependencies: [.product(name: "Channel", package: "editable-deepsc")]
        ),
    ],
    swiftLanguageModes: [.v6]
)
