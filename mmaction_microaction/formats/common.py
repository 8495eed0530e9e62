# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What the files for annotation programs have in common."""
import json
import re
import warnings
from functools import lru_cache
from typing import Dict, Iterable, List, Optional, Sequence, Tuple, TypeVar

from mmaction_microaction.results.spans import in_order
from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.taxonomy import Label, Taxonomy
from mmaction_microaction.utils.errors import UserError, first_of

T = TypeVar('T')

# What XML 1.0 cannot hold: most control characters, lone surrogates (of file
# names that are no UTF-8).
_NOT_XML = re.compile('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')

# An annotator's doubt, before or behind what it is about.
_WORD = r'^[\s(\[]*unsure\b[\s?!:,;.)\]-]*|[\s(\[,;:-]*\bunsure[\s?!)\].]*$'
_DOUBT = re.compile(_WORD, re.I), re.compile(_WORD + r'|[\s(]*\?[\s?)]*$',
                                             re.I)


def find_action(text: object, taxonomy: Taxonomy) -> Optional[Label]:
    """The class whose name, code or alias a person's text is, or None."""
    return _by_text(taxonomy).get(' '.join(str(text).split()).casefold())


@lru_cache(maxsize=8)
def _by_text(taxonomy: Taxonomy) -> Dict[str, Label]:
    # People write 'Nodding' and 'b1' as well; names come before codes, and
    # bare numbers are no codes.
    texts = [(alias, taxonomy.labels[i]) for alias, i in taxonomy.aliases]
    texts += [(x.code, x) for x in taxonomy.labels if not x.code.isdigit()]
    texts += [(x.name, x) for x in taxonomy.labels]
    return {text.casefold(): label for text, label in texts}


def split_unsure(text: str, comment: bool = False) -> Tuple[str, bool]:
    """A person's text without the mark ``unsure``, or ``?`` at its end, and
    whether there was one; a comment may well be a question."""
    text = text.strip()
    rest = _DOUBT[not comment or text == '?'].sub('', text).strip()
    return rest, rest != text or bool(re.search(r'\bunsure\b', text, re.I))


def find_marked(text: object,
                taxonomy: Taxonomy) -> Tuple[Optional[Label], bool]:
    """:func:`find_action`, and whether the text is marked as unsure."""
    rest, unsure = split_unsure(str(text))
    known = find_action(text, taxonomy)
    return (known, False) if known else (find_action(rest, taxonomy), unsure)


def join_unsure(segment: Segment) -> str:
    """The comment of a segment that :func:`split_unsure` can take apart."""
    text = segment.comment
    if segment.unsure and not split_unsure(text, True)[1]:
        text = f'unsure: {text}' if text else 'unsure'
    return text


def join_names(names: Iterable[object]) -> str:
    """Names, each once, but for empty ones: 'Anna, Ben'."""
    return ', '.join(dict.fromkeys(str(x) for x in names if x))


def to_xml_text(text: str) -> str:
    """A text, not yet escaped, with ``U+FFFD`` for what XML cannot hold."""
    return _NOT_XML.sub('\ufffd', text)


def report_problems(problems: Sequence[str], path: str, strict: bool) -> None:
    """Refuse a file for what could not be read in it, or warn of it."""
    if not problems:
        return
    text = '\n'.join(f'    {line}' for line in first_of(problems))
    if strict:
        raise UserError(
            f'{path}: {len(problems)} entries cannot be read (correct them, '
            'or leave them out by --skip-unknown, in Python strict=False):\n'
            f'{text}')
    warnings.warn(f'{path}: left out {len(problems)} entries:\n{text}')


def to_segments(path: str, entries: Iterable[Tuple[str, str, float, float,
                                                   float, str]], strict: bool,
                taxonomy: Taxonomy) -> List[Segment]:
    """Segments, by start, of entries: where it stands, the text that names the
    action, start, end, score, comment."""
    segments, problems = [], []
    for where, text, start, end, score, comment in entries:
        action, unsure = find_marked(text, taxonomy)
        comment, doubt = split_unsure(comment, True)
        try:
            if action is None:
                raise UserError(f'{text!r} is no micro-action')
            segments.append(
                Segment(start, end, action.index, score, taxonomy, unsure
                        or doubt, comment))
        except ValueError as error:
            problems.append(f'{where}: {error}')
    report_problems(problems, path, strict)
    return in_order(segments)


def load_json(path: str, what: str) -> object:
    """The content of a JSON file, which should be ``what``."""
    with open(path, encoding='utf-8-sig') as file:
        try:
            return json.load(file)
        except (ValueError, RecursionError) as error:  # no JSON, no UTF-8
            raise UserError(f'{path} is no {what} ({error})') from error


def pick(path: str, parts: Iterable[Tuple[Sequence[object], T]], name: str,
         kind: str) -> T:
    """The one part of a file, such as an observation, or of several the one
    that has the name among its names."""
    parts = [([str(x) for x in names], part) for names, part in parts]
    found = [part for names, part in parts if not name or name in names]
    if len(found) == 1:
        return found[0]
    listed = ', '.join(first_of([' / '.join(x) for x, _ in parts])) or 'none'
    wanted = f'{kind} {name!r}' if name else f'one {kind}'
    hint = f'; name one as in {path}#{parts[0][0][0]}' if parts[1:] else ''
    raise UserError(f'{path}: expected {wanted}, but it has {len(parts)} '
                    f'({listed}){hint}')
