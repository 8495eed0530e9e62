# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Names of files that every file system takes."""
import re
import unicodedata

_MAX_LENGTH = 80  # of a folder's name
# Names of devices on Windows, with or without an ending.
_RESERVED = re.compile(r'(con|prn|aux|nul|com\d|lpt\d)(\..*)?', re.I)


def safe_name(text: str) -> str:
    """Turn any text into a name that every file system takes.

    Args:
        text (str): E.g. a file's name without ending.

    Returns:
        str: Letters and digits of any script, ``-``, ``_``, ``.`` and single
        blanks; never empty, never beginning with a dot or a dash, at most 80
        characters.
    """
    text = unicodedata.normalize('NFC', text)
    text = re.sub(r'[^\w\-. ]', '_', text)
    text = re.sub(r'\s+', ' ', text).lstrip('.- ')
    # Endings that Windows drops; and file systems count bytes.
    text = text.encode()[:_MAX_LENGTH].decode(errors='ignore').rstrip('. ')
    return f'_{text}' if not text or _RESERVED.fullmatch(text) else text
