# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""How clips are prepared: size, codec, quality."""
from dataclasses import asdict, dataclass
from typing import Any, Dict, NamedTuple, Tuple

import mmcv

from mmaction_microaction.utils.errors import UserError

_MIN_SIDE = 32  # pixels


class Codec(NamedTuple):
    """A way to store frames."""
    encoder: str  # FFmpeg's name of it
    pix_fmt: str
    multiple: int  # of which widths and heights must be
    qualities: range  # the best first
    quality: int  # the default
    options: Dict[str, str]  # of the encoder
    quality_options: Tuple[str, ...]  # that quality is given as


# fastdecode: no CABAC and no loop filter, about a third of the decoding time.
# No macroblock tree: its AVX-512 code in x264 (core 165) is not repeatable.
# One thread and the same pictures of 48 to 80 pixels gave other bytes 1 to 40
# of 100 times; with asm=avx2 300 of 300 were the same, without the tree, too.
# The tree saves as much of a file as three steps of quality: 18 with it.
_X264 = dict(preset='veryfast', tune='fastdecode', bf='0', mbtree='0')

#: The codecs, by name; the first is the default. What they cost is measured
#: in docs/preparation.md.
CODECS: Dict[str, Codec] = {
    'mjpeg':
    Codec('mjpeg', 'yuvj420p', 1, range(2, 32), 10, {}, ('qmin', 'qmax')),
    'h264-intra':
    Codec('libx264', 'yuv420p', 2, range(52), 20, dict(_X264, g='1'),
          ('crf', )),
    'h264':
    Codec('libx264', 'yuv420p', 2, range(52), 21,
          dict(_X264, g='8', sc_threshold='0'), ('crf', )),
}


@dataclass(frozen=True)
class Recipe:
    """How clips are prepared. The same recipe makes the same bytes."""
    short_side: int = 256  # pixels, at least 32; smaller clips keep their size
    codec: str = 'mjpeg'  # a key of CODECS
    #: The encoder's number, less is better: qscale 2 to 31 for mjpeg, crf 0 to
    #: 51 for h264; -1 is the codec's default.
    quality: int = -1

    def __post_init__(self) -> None:
        if self.codec not in CODECS:
            raise UserError(f'codec must be one of {", ".join(CODECS)}, but '
                            f'got {self.codec!r}')
        codec = CODECS[self.codec]
        if self.quality == -1:
            object.__setattr__(self, 'quality', codec.quality)
        if self.quality not in codec.qualities:
            raise UserError(
                f'quality of {self.codec} must be {codec.qualities[0]} (best) '
                f'to {codec.qualities[-1]}, but got {self.quality}')
        if self.short_side < _MIN_SIDE:
            raise UserError(f'short_side must be at least {_MIN_SIDE} '
                            f'pixels, but got {self.short_side}')

    def target_size(self, width: int, height: int) -> Tuple[int, int]:
        """Width and height of a prepared clip, as the host's ``Resize`` has
        them. h264 cannot store an odd side, which then loses a pixel."""
        size = width, height
        if min(size) > self.short_side:
            size = mmcv.rescale_size(size, (float('inf'), self.short_side))
        multiple = CODECS[self.codec].multiple
        return tuple(side // multiple * multiple for side in size)

    def settings(self) -> Dict[str, Any]:
        """All that decides on the bytes, for a file."""
        return dict(asdict(self), encoder=self.encoder_options())

    def encoder_options(self) -> Dict[str, str]:
        """Options for FFmpeg's encoder."""
        codec = CODECS[self.codec]
        quality = dict.fromkeys(codec.quality_options, str(self.quality))
        return {**codec.options, **quality}
