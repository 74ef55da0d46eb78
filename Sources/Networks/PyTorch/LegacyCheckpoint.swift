/// The format of `torch.save` before PyTorch 1.6: pickles one after the other (a magic number, a version, the system, the value,
/// the storages' keys), then each storage behind its length.
enum LegacyCheckpoint {
    /// Bytes of a number of every type.
    static let sizes = [
        "FloatStorage": 4, "HalfStorage": 2, "BFloat16Storage": 2, "DoubleStorage": 8, "LongStorage": 8,
        "IntStorage": 4, "ShortStorage": 2, "CharStorage": 1, "ByteStorage": 1, "BoolStorage": 1,
    ]

    /// The value, and the storages' numbers by their keys.
    static func read(
        _ reader: inout ByteReader,
        isWithinAnother: Bool = false
    ) throws(ByteReaderError) -> (value: PickleValue, numbers: [String: UnsafeRawBufferPointer]) {
        for _ in 0..<3 { _ = try StatePickle.read(&reader, isWithinAnother: isWithinAnother) }
        let content = try StatePickle.read(&reader, isWithinAnother: isWithinAnother)
        guard case .list(let keys) = try StatePickle.read(&reader, isWithinAnother: isWithinAnother).value else {
            throw ByteReaderError(reason: "the list of its storages is missing")
        }
        var numbers = content.numbers
        for key in keys.items {
            guard let key = key.text, let storage = content.storages[key], let size = sizes[storage.type] else {
                throw ByteReaderError(reason: "a storage that nothing says the type of")
            }
            let count = try reader.takeCount(Int64.self)
            let (length, overflows) = count.multipliedReportingOverflow(by: size)
            guard !overflows else { throw ByteReaderError(reason: "a storage of \(count) numbers") }
            numbers[key] = try reader.take(length)
        }
        return (content.value, numbers)
    }
}
