/// Whether two files hold the same. `#expect(a == b)` would work out how large collections differ, which takes it hours for
/// two pictures.
package func isSame(_ a: [UInt8], _ b: [UInt8]) -> Bool { a == b }
