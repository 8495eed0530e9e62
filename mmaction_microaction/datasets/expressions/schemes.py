# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Mapping of emotions to classes.

Three classes are those of the MEGC 2019 composite, in its order; four add the
remaining clips; five are the usual ones of each data set (246 of 255 clips of
CASME II, 136 of 159 of SAMM).

Source: See et al., "MEGC 2019 - The Second Facial Micro-Expressions Grand
Challenge", FG 2019; Li et al., "MMNet", IJCAI 2022.
"""
from typing import Container, Dict, Mapping, Optional, Sequence, Tuple, Union

from mmaction_microaction.utils.errors import UserError, UserTypeError

#: Emotions of each data set, as annotated, in lower case.
EMOTIONS: Dict[str, Tuple[str, ...]] = dict(
    casme2=('happiness', 'disgust', 'repression', 'surprise', 'sadness',
            'fear', 'others'),
    samm=('anger', 'contempt', 'disgust', 'fear', 'happiness', 'sadness',
          'surprise', 'others'),
    smic=('negative', 'positive', 'surprise'))
#: Other spellings.
_ALIASES = dict(other='others', happy='happiness', sad='sadness')

_THREE = dict(
    negative=('negative', 'anger', 'contempt', 'disgust', 'fear', 'repression',
              'sadness'),
    positive=('positive', 'happiness'),
    surprise=('surprise', ))
_FIVE = dict(
    casme2=('happiness', 'disgust', 'repression', 'surprise', 'others'),
    samm=('anger', 'contempt', 'happiness', 'surprise', 'others'))
#: The three classes of MEGC 2019; the numbers in its csv are their indices.
MEGC_CLASSES = tuple(_THREE)

#: A number of classes, or ``{class: its emotions}`` in the order of labels.
Scheme = Union[int, Mapping[str, Sequence[str]]]


class ClassScheme:
    """Maps the emotions of a data set to labels, indices of K ``classes``.

    Args:
        source (str): A key of :data:`EMOTIONS`.
        scheme (int | dict): See :data:`Scheme`.

    Raises:
        UserError: If the scheme is unknown, an emotion is in two classes, a
            class is empty, or there are fewer than two.
    """

    def __init__(self, source: str, scheme: Scheme) -> None:
        if source not in EMOTIONS:
            raise UserError(f'expected one of {tuple(EMOTIONS)}, but got '
                            f'{source!r}')
        self.source = source
        groups = _groups(source, scheme)
        self.classes = tuple(groups)
        self._label: Dict[str, int] = {}
        for label, emotions in enumerate(groups.values()):
            for emotion in map(emotion_name, emotions):
                if self._label.setdefault(emotion, label) != label:
                    raise UserError(f'{emotion!r} is in two classes of the '
                                    f'scheme {groups}')
        # Emotions that only the user's scheme has.
        own = self._label if isinstance(scheme, Mapping) else ()
        self._own = [x for x in own if x not in EMOTIONS[source]]

    def check_emotions(self, emotions: Container[str]) -> None:
        """UserError for an emotion of the user's scheme in neither the data
        set nor its annotations (``emotions``): it would drop clips."""
        for emotion in self._own:
            if emotion not in emotions:
                raise UserError(
                    f'scheme names the emotion {emotion!r}, but neither the '
                    f'annotation nor {EMOTIONS[self.source]} of {self.source} '
                    'has it; correct the scheme')

    def label(self, emotion: str) -> Optional[int]:
        """Label of an emotion, 0 to K - 1; None if in no class, UserError if
        unknown to the data set."""
        emotion = emotion_name(emotion)
        if emotion not in (*EMOTIONS[self.source], *self._own):
            raise UserError(
                f'expected one of the emotions {EMOTIONS[self.source]} of '
                f'{self.source}, but got {emotion!r}; correct the annotation, '
                'or name it in a scheme of your own, '
                'scheme=dict(CLASS=[EMOTION, ...], ...)')
        return self._label.get(emotion)


def make_schemes(kind: str, scheme: Scheme) -> Dict[str, ClassScheme]:
    """Data set -> scheme, for a ``kind`` of MicroExpressionDataset."""
    if kind != 'megc2019':
        return {kind: ClassScheme(kind, scheme)}
    if scheme != len(MEGC_CLASSES):
        raise UserError('the MEGC 2019 composite has 3 classes, but '
                        f'scheme is {scheme!r}')
    # Its CSV has classes rather than emotions.
    groups = {name: [name] for name in MEGC_CLASSES}
    return {source: ClassScheme(source, groups) for source in EMOTIONS}


def emotion_name(text: str) -> str:
    """Normalise an emotion to the spelling of :data:`EMOTIONS`."""
    text = text.strip().lower()
    return _ALIASES.get(text, text)


def _groups(source: str, scheme: Scheme) -> Mapping[str, Sequence[str]]:
    """{class: its emotions}, in label order."""
    if isinstance(scheme, Mapping):
        # A single emotion needs no list.
        groups = {
            name: [group] if isinstance(group, str) else list(group)
            for name, group in scheme.items()
        }
        empty = [name for name, group in groups.items() if not group]
        if len(groups) < 2 or empty:
            raise UserError('scheme needs two or more classes with an '
                            f'emotion each, but got {dict(scheme)}')
        return groups
    if isinstance(scheme, bool) or not isinstance(scheme, int):
        raise UserTypeError(
            'scheme must be 3, 4, 5 or a dict {class: emotions}, '
            f'but got {scheme!r}')
    known = {3: _THREE}
    if source in _FIVE:  # SMIC has no other emotions
        known[4] = dict(_THREE, others=['others'])
        known[5] = {emotion: [emotion] for emotion in _FIVE[source]}
    if scheme not in known:
        raise UserError(f'{source} has the class schemes {list(known)}, but '
                        f'got {scheme}')
    return known[scheme]
