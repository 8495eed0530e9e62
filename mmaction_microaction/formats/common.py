# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What the files for annotation programs have in common."""
import re
import warnings
from functools import lru_cache
from typing import Dict, Optional, Sequence

from mmaction_microaction.taxonomy import Label, Taxonomy
from mmaction_microaction.utils.errors import UserError, first_of

# What XML 1.0 cannot hold: most control characters, lone surrogates (of file
# names that are no UTF-8).
_NOT_XML = re.compile('[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')


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
            f'or leave them out with strict=False):\n{text}')
    warnings.warn(f'{path}: left out {len(problems)} entries:\n{text}')
