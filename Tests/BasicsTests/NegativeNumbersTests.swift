import Testing

@testable import Basics

struct NegativeNumbersTests {
    @Test(arguments: [
        ("evaluate reception --snr -6 -3 0", "evaluate reception --snr=-6 --snr=-3 0"),
        ("--snr 0 -6 3 --seed 1", "--snr 0 --snr=-6 3 --seed 1"),
        ("relay set --snr-db -2.5 --json", "relay set --snr-db=-2.5 --json"),
        ("relay set --loss -1e-3 --loss=-2", "relay set --loss=-1e-3 --loss=-2"),
        ("--face -1 photo.png sentence", "--face=-1 photo.png sentence"),
        ("montage -6=a.png --edge 320 -h", "montage -6=a.png --edge 320 -h"),
        ("submit -- --snr -6", "submit -- --snr -6"),
        ("-6 --json", "-6 --json"),
    ])
    func areAttachedToTheOptionBeforeThem(_ written: String, _ expected: String) {
        let attached = NegativeNumbers.attached(in: written.split(separator: " ").map(String.init))
        #expect(attached.joined(separator: " ") == expected)
    }
}
