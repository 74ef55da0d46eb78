import Foundation
import Networks

/// The models that `make setup` and the repository provide.
package let installedModels = ModelStore(
    root: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Models").path
)
