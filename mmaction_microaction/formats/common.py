# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What the files for annotation programs have in common."""
import re
import warnings
from functools import lru_cache
from typing import Dict, Optional, Sequence, Tuple

from mmaction_microaction.results.video_result import Segment
from mmaction_microaction.taxonomy import Label, Taxonomy
from mmaction_microaction.utils.errors import UserError, first_of

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
