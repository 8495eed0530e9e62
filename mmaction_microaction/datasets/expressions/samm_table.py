# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The annotation of SAMM, ``SAMM_Micro_FACS_Codes_v2.xlsx``.

Behind 13 rows of text: Subject, Filename, Inducement Code, Onset Frame, Apex
Frame, Offset Frame, Duration, Micro, Action Units, Estimated Emotion and
more. Frame numbers are padded to 4 or 5 digits in the file names. 159 clips.

Source: Davison et al., "SAMM: A Spontaneous Micro-Facial Movement Dataset",
IEEE Trans. Affective Computing 9(1), 2018.
"""
from typing import List, Tuple

from .clips import ExpressionClip
from .findings import Finding
from .tables import read_expression_table


def read_samm(path: str) -> Tuple[List[ExpressionClip], List[Finding]]:
    """Read the annotation of SAMM.

    Args:
        path (str): The table, ``.xlsx`` or ``.csv``.

    Returns:
        tuple[list[ExpressionClip], list[Finding]]: The clips in the order of
        the table, and what is odd about it.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not such a table.
    """
    return read_expression_table(path, 'samm')
