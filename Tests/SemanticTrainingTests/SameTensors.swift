import Networks
import Testing

/// Expects that two weight files hold the same tensors, bit for bit.
func expectSameTensors(_ a: String, _ b: String) throws {
    let (first, second) = (try SafetensorsFile(path: a), try SafetensorsFile(path: b))
    #expect(first.names == second.names)
    for name in first.names {
        #expect(try first.tensor(name).values == second.tensor(name).values, "\(name)")
    }
}
