"""A small DeepJSCC (Bourtsoulatze et al. 2019) for `codec = "external"`: convolutions from pixels to reals and back.

    torch_codec.py SOCKET [--weights FILE.pt] [--channels 4]

Without weights they are random, from a fixed seed: everything runs, and the picture is noise. FILE.pt is what
`torch.save(DeepJSCC(channels).state_dict(), FILE)` wrote after your training. Needs PyTorch and NumPy.
"""

import argparse
import hashlib

import numpy as np
import torch
from torch import nn

from numpy_codec import serve

EDGE = 128  # of the pictures inside; those of the daemons are resized


class DeepJSCC(nn.Module):
    """Pictures [N, 3, 128, 128] in [0, 1] to codes [N, channels, 32, 32] of unit power, and back."""

    def __init__(self, channels):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(3, 16, 5, stride=2, padding=2),
            nn.PReLU(),
            nn.Conv2d(16, 32, 5, stride=2, padding=2),
            nn.PReLU(),
            nn.Conv2d(32, 32, 5, padding=2),
            nn.PReLU(),
            nn.Conv2d(32, channels, 5, padding=2),
        )
        self.decoder = nn.Sequential(
            nn.Conv2d(channels, 32, 5, padding=2),
            nn.PReLU(),
            nn.Conv2d(32, 32, 5, padding=2),
            nn.PReLU(),
            nn.ConvTranspose2d(32, 16, 5, stride=2, padding=2, output_padding=1),
            nn.PReLU(),
            nn.ConvTranspose2d(16, 3, 5, stride=2, padding=2, output_padding=1),
            nn.Sigmoid(),
        )

    def encode(self, pictures):
        codes = self.encoder(pictures)
        return codes / codes.square().mean(dim=(1, 2, 3), keepdim=True).sqrt().clamp_min(1e-6)

    def decode(self, codes):
        return self.decoder(codes)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("socket")
    parser.add_argument("--weights", help="a state_dict; random ones without it")
    parser.add_argument("--channels", type=int, default=4, help="k = 1024 times this (default: 4)")
    options = parser.parse_args()
    torch.manual_seed(1)
    network = DeepJSCC(options.channels).eval()
    if options.weights:
        network.load_state_dict(torch.load(options.weights, map_location="cpu", weights_only=True))
    # Both ends compare the name: other weights are another codec.
    digest = hashlib.sha256(b"".join(tensor.numpy().tobytes() for tensor in network.state_dict().values()))
    shape = (1, options.channels, EDGE // 4, EDGE // 4)

    @torch.inference_mode()
    def encode(header, rgb):
        if header["dimension"] not in (None, np.prod(shape)):
            raise ValueError(f"this network makes {np.prod(shape)} reals and no other number")
        picture = torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None].float() / 255
        small = nn.functional.interpolate(picture, size=(EDGE, EDGE), mode="bilinear", antialias=True)
        return network.encode(small).flatten().numpy()

    @torch.inference_mode()
    def decode(header, values, variances):
        # Wiener's estimate under a unit prior; what is erased has an infinite variance and becomes 0.
        codes = torch.from_numpy(values / (1 + variances)).float().reshape(shape)
        return (network.decode(codes)[0].permute(1, 2, 0) * 255).round().numpy()

    reals = int(np.prod(shape))
    serve(options.socket, {"name": f"DeepJSCC {digest.hexdigest()[:16]}", "dimension": reals}, encode, decode)


if __name__ == "__main__":
    main()
