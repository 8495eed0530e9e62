# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Facial action units, and which of them show which emotion.

Numbers are those of the Facial Action Coding System. The emotions' units are
the frequent ones in CASME II; 'others' are movements without an emotion.

Source: Ekman and Friesen, "Facial Action Coding System", 1978; Yan et al.,
"CASME II", PLoS ONE 9(1), 2014, Table 2.
"""
import re
from typing import Dict, Sequence, Tuple, Union

from mmaction_microaction.utils.errors import UserError

#: Units that can be drawn.
ACTION_UNITS: Dict[int, str] = {
    1: 'inner brow raiser',
    2: 'outer brow raiser',
    4: 'brow lowerer',
    5: 'upper lid raiser',
    6: 'cheek raiser',
    7: 'lid tightener',
    9: 'nose wrinkler',
    10: 'upper lip raiser',
    12: 'lip corner puller',
    14: 'dimpler',
    15: 'lip corner depressor',
    17: 'chin raiser',
    20: 'lip stretcher',
    24: 'lip pressor',
    25: 'lips part',
}

#: Emotion -> what a person may do to show it; coded as in CASME II's table.
EMOTION_UNITS: Dict[str, Tuple[str, ...]] = dict(
    happiness=('6+12', '12', '12+25'),
    disgust=('4+9', '9+10', '4+7+9+10'),
    repression=('15+17', '17+24', '15+17+24'),
    surprise=('1+2', '1+2+5', '1+2+25'),
    others=('4', '4+L7', '4+7'),
    sadness=('1+4+15', ),
    fear=('1+2+4+20', ))

#: (right, left) intensity of every unit, 0 (neutral) to about 1; "right" is
#: the person's, which is left in the picture.
Intensities = Dict[int, Tuple[float, float]]


def parse_units(text: Union[str, int]) -> Dict[int, Tuple[float, float]]:
    """Read the units of a table's cell.

    Args:
        text (str | int): Such as ``'4+L7+12'``, or one number; L and R say
            that one side of the face alone moves.

    Returns:
        dict[int, tuple[float, float]]: 1 for a side that moves, else 0.

    Raises:
        ValueError: If it is malformed or a unit cannot be drawn.
    """
    units: Intensities = {}
    for part in str(text).split('+'):
        match = re.fullmatch(r'([LR]?)(\d+)', part.strip())
        if match is None or int(match[2]) not in ACTION_UNITS:
            raise UserError(f'expected units such as 4+L7+12 out of '
                            f'{list(ACTION_UNITS)}, but got {text!r}')
        side = match[1]
        units[int(match[2])] = (float(side != 'L'), float(side != 'R'))
    return units


def scale_units(units: Intensities, factor: float) -> Intensities:
    """The same units, ``factor`` times as strong."""
    return {
        unit: (right * factor, left * factor)
        for unit, (right, left) in units.items()
    }


def table_cell(text: str) -> Union[str, int]:
    """Units as CASME II's table has them: a lone number is one.

    Args:
        text (str): Such as ``'4'`` or ``'4+7'``.

    Returns:
        str | int: 4 or ``'4+7'``.
    """
    return int(text) if text.isdigit() else text


def strength(units: Intensities, unit: int) -> Sequence[float]:
    """(right, left) intensity of one unit, 0 where it is not active."""
    return units.get(unit, (0., 0.))
