import Basics
import ControlAPI
import Foundation
import Imaging
import TestSupport
import Testing

@testable import SemanticCoding

/// Both daemons with `codec = "jpeg-ldpc"`: the classical chain and its cliff over the real link.
struct SeparateCodecLinkTests {
    private struct Received: Decodable {
        struct Doubts: Decodable {
            let isDoubtful: Bool
        }

        let likeness: ExpectedLikeness?
        let doubts: Doubts?
    }

    private func received(_ id: String, over link: Link) throws -> (picture: Picture, said: Received) {
        let folder = "\(link.path)/received/\(id)"
        return (
            try PictureFile.read(path: folder + "/picture.png"),
            try JSONDecoder().decode(Received.self, from: Data(AtomicFile.read(folder + "/transfer.json")))
        )
    }

    @Test(.timeLimit(.minutes(15)))
    func aboveTheCliffTheEditedPictureArrives() async throws {
        let link = try Link(snrDecibels: 20, codec: "jpeg-ldpc")
        try await link.start()
        let id = try await link.submit()
        let (status, output) = try await link.txctl("watch", id)
        #expect(status == 0, "\(output)")
        let record = try link.record(id)
        // 1,912 symbols of 64-QAM.
        #expect(record.state == .acknowledged && record.signal?.reals == 3824 && record.signal?.mode == nil)
        let sent = try PictureFile.read(path: "\(link.path)/spool/\(id)/edited.png")
        let (picture, said) = try received(id, over: link)
        #expect(picture.psnr(against: sent.resizedArea(width: 128, height: 128)) > 20)
        // What evaluations compute in process is what arrives over UDP.
        let coder = try JPEGLDPCPictureCoder.paper()
        #expect(try picture == coder.picture(of: coder.payload(of: sent)))
        #expect(said.doubts == nil && said.likeness == nil)
        #expect(try await link.stop() == [0, 0, 0])
    }

    @Test(.timeLimit(.minutes(15)))
    func belowItThereIsGreyAndTheReceiverSaysSo() async throws {
        let link = try Link(snrDecibels: 0, codec: "jpeg-ldpc")
        try await link.start()
        let id = try await link.submit()
        let (status, output) = try await link.txctl("watch", id)
        #expect(status == 0, "\(output)")
        let (picture, said) = try received(id, over: link)
        #expect(picture == Picture(width: 128, height: 128, red: 128, green: 128, blue: 128))
        #expect(said.likeness?.samePerson == 0 && said.doubts?.isDoubtful == true)
        #expect(try await link.stop() == [0, 0, 0])
    }
}
