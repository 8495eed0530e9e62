# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The annotation of CASME II, ``CASME2-coding-20190701.xlsx``.

Subject, Filename, (blank), OnsetFrame, ApexFrame, OffsetFrame, (blank),
Action Units (a number, or text such as ``4+L7+12``), Estimated Emotion. An
apex may be ``/`` or equal to the onset. 255 clips, 26 subjects, 200 fps.

Source: Yan et al., "CASME II: An Improved Spontaneous Micro-Expression
Database and the Baseline Evaluation", PLoS ONE 9(1), 2014.
"""
from typing import List, Tuple

from .clips import ExpressionClip
from .findings import Finding
from .tables import read_expression_table


def read_casme2(path: str) -> Tuple[List[ExpressionClip], List[Finding]]:
    """Read the annotation of CASME II.

    Args:
        path (str): The table, ``.xlsx`` or ``.csv``.

    Returns:
        tuple[list[ExpressionClip], list[Finding]]: The clips in the order of
        the table, and what is odd about it.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not such a table.
    """
    return read_expression_table(path, 'casme2')
