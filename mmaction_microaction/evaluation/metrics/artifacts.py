# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Where the metrics write their tables, and how."""
import csv
import os
import os.path as osp
from typing import List, Optional, Sequence

from mmengine.logging import MMLogger


def artifact_dir(out_dir: Optional[str] = None) -> Optional[str]:
    """Make the folder for tables and pictures.

    Args:
        out_dir (str, optional): The folder. Defaults to None: that of the
            running runner's log, which the logger knows.

    Returns:
        str | None: The folder, or None where there is no log file either.
    """
    log_file = MMLogger.get_current_instance().log_file
    out_dir = out_dir or (osp.dirname(log_file) if log_file else None)
    if out_dir is not None:
        os.makedirs(out_dir, exist_ok=True)
    return out_dir


def write_csv(path: str, header: Sequence[str], rows: List[list]) -> None:
    """Write a table, UTF-8 with Unix line ends.

    Args:
        path (str): The file, replaced if it is there.
        header (Sequence[str]): Names of the columns.
        rows (list[list]): The rows.
    """
    with open(path, 'w', newline='', encoding='utf-8') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerows([header, *rows])
