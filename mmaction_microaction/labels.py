# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The taxonomy of MA-52: 52 micro-actions in 7 body parts.

This is the only place of the package that spells a class, a body part or
their numbers. Everything else looks them up here.

Source: Guo et al., "Benchmarking Micro-action Recognition: Dataset, Methods,
and Applications", IEEE TCSVT 34(7), 2024, Table I, and the label lists that
come with the data set. The codes of the annotation manual (A1 ... G4) are
*not* in index order, so always look an index up by name or by code.

Shapes: K = 52 actions, B = 7 body parts.
"""
from dataclasses import dataclass
from typing import Dict, Tuple, Union

import numpy as np

from mmaction_microaction.utils.errors import UserError

# One line per body part and class: (name, code of the annotation manual), in
# index order.
# yapf: disable
_TAXONOMY = (
    ('body', (
        ('shaking body', 'A1'),
        ('sitting straightly', 'A3'),
        ('shrugging', 'A4'),
        ('turning around', 'A2'),
        ('rising up', 'A5'),
    )),
    ('head', (
        ('bowing head', 'B5'),
        ('head up', 'B6'),
        ('tilting head', 'B4'),
        ('turning head', 'B3'),
        ('nodding', 'B1'),
        ('shaking head', 'B2'),
    )),
    ('upper limb', (
        ('scratching arms', 'C6'),
        ('playing objects', 'C8'),
        ('putting hands together', 'C9'),
        ('rubbing hands', 'C13'),
        ('pointing oneself', 'C11'),
        ('clenching fist', 'C12'),
        ('stretching arms', 'C4'),
        ('retracting arms', 'C10'),
        ('waving', 'C5'),
        ('spreading hands', 'C7'),
        ('hands touching fingers', 'C3'),
        ('other finger movements', 'C2'),
        ('illustrative gestures', 'C1'),
    )),
    ('lower limb', (
        ('shaking legs', 'D3'),
        ('curling legs', 'D7'),
        ('spread legs', 'D6'),
        ('closing legs', 'D5'),
        ('crossing legs', 'D8'),
        ('stretching feet', 'D4'),
        ('retracting feet', 'D2'),
        ('tiptoe', 'D1'),
    )),
    ('body-hand', (
        ('scratching or touching neck', 'E2'),
        ('scratching or touching chest', 'E1'),
        ('scratching or touching back', 'E3'),
        ('scratching or touching shoulder', 'E6'),
        ('arms akimbo', 'E4'),
        ('crossing arms', 'E5'),
    )),
    ('head-hand', (
        ('playing or tidying hair', 'F3'),
        ('scratching or touching hindbrain', 'F4'),
        ('scratching or touching forehead', 'F7'),
        ('scratching or touching face', 'F2'),
        ('rubbing eyes', 'F6'),
        ('touching nose', 'F1'),
        ('touching ears', 'F8'),
        ('covering face', 'F10'),
        ('covering mouth', 'F9'),
        ('pushing glasses', 'F5'),
    )),
    ('leg-hand', (
        ('patting legs', 'G2'),
        ('touching legs', 'G1'),
        ('scratching legs', 'G3'),
        ('scratching feet', 'G4'),
    )),
)
# yapf: enable


@dataclass(frozen=True)
class MicroAction:
    """One class of the taxonomy.

    Attributes:
        index (int): Class number, 0 to 51, as in the list files.
        name (str): English name, e.g. ``'nodding'``.
        code (str): Code of the annotation manual, e.g. ``'B1'``.
        body_index (int): Number of its body part, 0 to 6.
        body_name (str): Name of its body part, e.g. ``'head'``.
    """
    index: int
    name: str
    code: str
    body_index: int
    body_name: str


def _build() -> Tuple[MicroAction, ...]:
    actions = []
    for body_index, (body_name, members) in enumerate(_TAXONOMY):
        for name, code in members:
            actions.append(
                MicroAction(len(actions), name, code, body_index, body_name))
    return tuple(actions)


ACTIONS: Tuple[MicroAction, ...] = _build()
ACTION_NAMES: Tuple[str, ...] = tuple(a.name for a in ACTIONS)
BODY_NAMES: Tuple[str, ...] = tuple(name for name, _ in _TAXONOMY)
#: One colour for each body part, told apart by colour-blind eyes as well
#: (Paul Tol's "bright" scheme, and a brown).
BODY_COLOURS: Tuple[str, ...] = ('#4477aa', '#ee6677', '#228833', '#ccbb44',
                                 '#66ccee', '#aa3377', '#8c6d31')
NUM_ACTIONS: int = len(ACTIONS)
NUM_BODIES: int = len(BODY_NAMES)

#: (K,) int64 array: body part of every action. Read-only.
ACTION_TO_BODY: np.ndarray = np.array([a.body_index for a in ACTIONS])
ACTION_TO_BODY.setflags(write=False)

_BY_NAME: Dict[str, MicroAction] = {a.name: a for a in ACTIONS}
_BY_CODE: Dict[str, MicroAction] = {a.code: a for a in ACTIONS}

#: Pairs of classes that are each other's reversal in time. A model that does
#: not look at the order of frames cannot tell the two of a pair apart.
TIME_REVERSED_PAIRS: Tuple[Tuple[int, int], ...] = tuple(
    (_BY_NAME[a].index, _BY_NAME[b].index) for a, b in (
        ('bowing head', 'head up'),
        ('putting hands together', 'spreading hands'),
        ('stretching arms', 'retracting arms'),
        ('spread legs', 'closing legs'),
        ('stretching feet', 'retracting feet'),
    ))


def get_action(key: Union[int, str]) -> MicroAction:
    """Look one micro-action up by its index, its name or its manual code.

    Args:
        key (int | str): ``9``, ``'nodding'`` or ``'B1'``.

    Returns:
        MicroAction: The class.

    Raises:
        ValueError: If there is no such class.
        TypeError: If ``key`` is neither an integer nor a string.
    """
    if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
        if 0 <= key < NUM_ACTIONS:
            return ACTIONS[key]
        raise UserError(
            f'action index must be 0 to {NUM_ACTIONS - 1}, but got {key}')
    if not isinstance(key, str):
        raise TypeError('key must be an index, a name or a manual code, but '
                        f'got {type(key).__name__}')
    action = _BY_NAME.get(key) or _BY_CODE.get(key)
    if action is None:
        raise UserError(f'unknown micro-action {key!r}; names are e.g. '
                        f'{ACTION_NAMES[9]!r}, codes e.g. '
                        f'{ACTIONS[9].code!r} (see labels.ACTION_NAMES)')
    return action


def actions_of_body(body: Union[int, str]) -> Tuple[MicroAction, ...]:
    """All micro-actions of one body part.

    Args:
        body (int | str): Number (0 to 6) or name of the body part.

    Returns:
        tuple[MicroAction]: Its actions in index order.

    Raises:
        ValueError: If there is no such body part.
    """
    found = tuple(a for a in ACTIONS if body in (a.body_index, a.body_name))
    if not found:
        raise UserError(f'body part must be 0 to {NUM_BODIES - 1} or one of '
                        f'{BODY_NAMES}, but got {body!r}')
    return found


def body_scores(action_scores: np.ndarray) -> np.ndarray:
    """Sum action probabilities over the actions of every body part.

    Args:
        action_scores (np.ndarray): Shape (..., K), float.

    Returns:
        np.ndarray: Shape (..., B), same dtype.

    Raises:
        ValueError: If the last dimension is not 52.
    """
    action_scores = np.asarray(action_scores)
    if action_scores.shape[-1:] != (NUM_ACTIONS, ):
        raise UserError(f'expected scores of shape (..., {NUM_ACTIONS}), but '
                        f'got {action_scores.shape}')
    # The taxonomy is ordered by body part, so every part is one slice.
    starts = np.searchsorted(ACTION_TO_BODY, np.arange(NUM_BODIES))
    return np.add.reduceat(action_scores, starts, axis=-1)
