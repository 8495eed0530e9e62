# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Shared by the readers and writers of annotation formats."""
import re
import warnings
from functools import lru_cache
from typing import Dict, Iterable, List, Optional, Sequence, Tuple, TypeVar

from mmaction_microaction.results.spans import sort_segments
from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.taxonomy import Label, Taxonomy
from mmaction_microaction.utils import limits
from mmaction_microaction.utils.errors import UserError, first_of

T = TypeVar('T')

# Invalid in XML 1.0: most control characters, lone surrogates (file names that
# are not UTF-8).
_NOT_XML = re.compile('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')

# An annotator's doubt, before or after a label.
_WORD = r'^[\s(\[]*unsure\b[\s?!:,;.)\]-]*|[\s(\[,;:-]*\bunsure[\s?!)\].]*$'
_DOUBT = re.compile(_WORD, re.I), re.compile(_WORD + r'|[\s(]*\?[\s?)]*$',
                                             re.I)
_LONGEST = 2000  # characters of a text in which a mark is looked for


def find_action(text: object, taxonomy: Taxonomy) -> Optional[Label]:
    """The class with that name, code or alias (case-insensitive), or None."""
    return _by_text(taxonomy).get(' '.join(str(text).split()).casefold())


@lru_cache(maxsize=8)
def _by_text(taxonomy: Taxonomy) -> Dict[str, Label]:
    # Case-insensitive; names take precedence over codes, and plain numbers are
    # no codes.
    texts = [(alias, taxonomy.labels[i]) for alias, i in taxonomy.aliases]
    texts += [(x.code, x) for x in taxonomy.labels if not x.code.isdigit()]
    texts += [(x.name, x) for x in taxonomy.labels]
    return {text.casefold(): label for text, label in texts}


def split_unsure(text: str, comment: bool = False) -> Tuple[str, bool]:
    """Strip the mark ``unsure``, or (except in a comment) a final ``?``;
    returns the text and whether it was marked."""
    text = text.strip()
    if len(text) > _LONGEST:
        return text, False
    rest = _DOUBT[not comment or text == '?'].sub('', text).strip()
    return rest, rest != text or bool(re.search(r'\bunsure\b', text, re.I))


def parse_action(text: object,
                 taxonomy: Taxonomy) -> Tuple[Optional[Label], bool]:
    """The class a label names, or None, and whether it is marked unsure."""
    rest, unsure = split_unsure(str(text))
    known = find_action(text, taxonomy)
    return (known, False) if known else (find_action(rest, taxonomy), unsure)


def join_unsure(segment: Segment) -> str:
    """The comment of a segment with its mark; see :func:`split_unsure`."""
    text = segment.comment
    if segment.unsure and not split_unsure(text, True)[1]:
        text = f'unsure: {text}' if text else 'unsure'
    return text


def join_names(names: Iterable[object]) -> str:
    """Join distinct, non-empty names: 'Anna, Ben'."""
    return ', '.join(dict.fromkeys(str(x) for x in names if x))


def to_xml_text(text: str) -> str:
    """Replace characters invalid in XML by ``U+FFFD``; not escaped."""
    return _NOT_XML.sub('\ufffd', text)


def report_problems(problems: Sequence[str], path: str, strict: bool) -> None:
    """Raise UserError (``strict``) or warn for unreadable entries."""
    if not problems:
        return
    text = '\n'.join(f'    {line}' for line in first_of(problems))
    if strict:
        raise UserError(
            f'{path}: {len(problems)} entries cannot be read (correct them, '
            'or omit them with --skip-unknown, in Python strict=False):\n'
            f'{text}')
    warnings.warn(f'{path}: omitted {len(problems)} entries:\n{text}')


def to_segments(path: str, entries: Iterable[Tuple[str, str, float, float,
                                                   float, str]], strict: bool,
                taxonomy: Taxonomy) -> List[Segment]:
    """Segments, by start, of entries: location, label, start, end, score,
    comment."""
    segments, problems = [], []
    for where, text, start, end, score, comment in entries:
        action, unsure = parse_action(text, taxonomy)
        comment, doubt = split_unsure(comment, True)
        try:
            if action is None:
                raise UserError(f'{text!r} is not a micro-action')
            segments.append(
                Segment(start, end, action.index, score, taxonomy, unsure
                        or doubt, comment))
        except ValueError as error:
            problems.append(f'{where}: {error}')
    report_problems(problems, path, strict)
    return sort_segments(segments)


def load_json(path: str, what: str) -> object:
    """Load a JSON file; UserError names ``what`` it should be."""
    try:
        return limits.load_json(path)
    except ValueError as error:  # no JSON, no UTF-8
        raise UserError(
            f'{path}: expected {what}, but got: {error}') from error


def pick(path: str, parts: Iterable[Tuple[Sequence[object], T]], name: str,
         kind: str) -> T:
    """Select the part of a file, such as an observation, by one of its names,
    or its only part; UserError if there is not exactly one."""
    parts = [([str(x) for x in names], part) for names, part in parts]
    found = [part for names, part in parts if not name or name in names]
    if len(found) == 1:
        return found[0]
    listed = ', '.join(first_of([' / '.join(x) for x, _ in parts])) or 'none'
    wanted = f'{kind} {name!r}' if name else f'one {kind}'
    hint = f'; name one as in {path}#{parts[0][0][0]}' if parts[1:] else ''
    raise UserError(f'{path}: expected {wanted}, but it has {len(parts)} '
                    f'({listed}){hint}')
