# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""One page that shows tables and pictures, for a browser without network.

The pictures are inside the file, so that it can be sent alone. Strings are
escaped by the template, and the page lets nothing be loaded or run.
"""
import base64
import os.path as osp
from dataclasses import dataclass, field
from typing import List, Sequence, Tuple

import jinja2

INDEX_FILE = 'index.html'
_TEMPLATES = osp.join(osp.dirname(osp.abspath(__file__)), 'templates')


@dataclass
class Section:
    """A part of the page.

    Attributes:
        title (str): Its heading.
        text (str): What is to be seen.
        pictures (list[tuple[str, str]]): Png file beside the page, and its
            caption.
        header (Sequence[str]): Names of the table's columns.
        rows (list[Sequence]): The table; floats are shown in %.
        files (list[str]): Tables beside the page.
    """
    title: str
    text: str
    pictures: List[Tuple[str, str]] = field(default_factory=list)
    header: Sequence[str] = ()
    rows: List[Sequence] = field(default_factory=list)
    files: List[str] = field(default_factory=list)


def write_index(out_dir: str, title: str, text: str, facts: dict,
                sections: Sequence[Section]) -> str:
    """Write ``index.html``.

    Args:
        out_dir (str): Folder of the page, the pictures and the tables.
        title (str): Heading of the page.
        text (str): Stands below it.
        facts (dict): Names and values; floats are shown in %.
        sections (Sequence[Section]): The parts, in order.

    Returns:
        str: Path of the page.

    Raises:
        FileNotFoundError: If a picture is not there.
    """

    def embed(name: str) -> str:
        with open(osp.join(out_dir, name), 'rb') as file:
            data = base64.b64encode(file.read()).decode()
        return f'data:image/png;base64,{data}'

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined)
    environment.filters.update(embed=embed, show=_show)
    page = environment.get_template('analysis.html').render(
        title=title, text=text, facts=facts, sections=sections)
    path = osp.join(out_dir, INDEX_FILE)
    # Names of files may hold bytes that are no text.
    with open(path, 'w', encoding='utf-8', errors='replace') as file:
        file.write(page)
    return path


def _show(x: object) -> str:
    return f'{100 * x:.1f} %' if isinstance(x, float) else str(x)
