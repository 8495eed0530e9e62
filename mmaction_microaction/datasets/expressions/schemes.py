# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Which emotions make which class.

Three classes are those of the MEGC 2019 composite, in its order; four are the
same and the clips that it leaves out; five are the usual ones of each data
set (246 of 255 clips of CASME II, 136 of 159 of SAMM).

Source: See et al., "MEGC 2019 - The Second Facial Micro-Expressions Grand
Challenge", FG 2019; Li et al., "MMNet", IJCAI 2022.
"""
from typing import Container, Dict, Mapping, Optional, Sequence, Tuple, Union

from mmaction_microaction.utils.errors import UserError, UserTypeError

#: Emotions of each data set, as its annotation names them in lower case.
EMOTIONS: Dict[str, Tuple[str, ...]] = dict(
    casme2=('happiness', 'disgust', 'repression', 'surprise', 'sadness',
            'fear', 'others'),
    samm=('anger', 'contempt', 'disgust', 'fear', 'happiness', 'sadness',
          'surprise', 'others'),
    smic=('negative', 'positive', 'surprise'))
#: Other spellings that are about.
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
    """Turns emotions of a data set, a key of :data:`EMOTIONS`, into labels,
    the indices of the K ``classes``.

    UserError if the data set has no such scheme, an emotion is in two classes,
    a class has none, or there are fewer than two. Whether anything has an own
    emotion, :meth:`check_emotions` tells.
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
        # Emotions that only a scheme of one's own has.
        own = self._label if isinstance(scheme, Mapping) else ()
        self._own = [x for x in own if x not in EMOTIONS[source]]

    def check_emotions(self, emotions: Container[str]) -> None:
        """Refuse a scheme of one's own with an emotion that neither the data
        set nor the annotation (``emotions``) has: it would leave out clips."""
        for emotion in self._own:
            if emotion not in emotions:
                raise UserError(
                    f'scheme names the emotion {emotion!r}, but neither the '
                    f'annotation nor {EMOTIONS[self.source]} of {self.source} '
                    'has it; correct the scheme')

    def label(self, emotion: str) -> Optional[int]:
        """Label of an emotion, 0 to K - 1, None if it is in no class, or
        UserError if the data set has no such emotion."""
        emotion = emotion_name(emotion)
        if emotion not in (*EMOTIONS[self.source], *self._own):
            raise UserError(
                f'expected one of the emotions {EMOTIONS[self.source]} of '
                f'{self.source}, but got {emotion!r}; correct the annotation, '
                'or name it in a scheme of your own, '
                'scheme=dict(CLASS=[EMOTION, ...], ...)')
        return self._label.get(emotion)


def make_schemes(kind: str, scheme: Scheme) -> Dict[str, ClassScheme]:
    """The scheme of every data set that clips of a kind (a data set's name, or
    ``'megc2019'``) come from, by its name."""
    if kind != 'megc2019':
        return {kind: ClassScheme(kind, scheme)}
    if scheme != len(MEGC_CLASSES):
        raise UserError('the MEGC 2019 composite has 3 classes, but '
                        f'scheme is {scheme!r}')
    # Its csv brings the classes, whatever the emotions are.
    groups = {name: [name] for name in MEGC_CLASSES}
    return {source: ClassScheme(source, groups) for source in EMOTIONS}


def emotion_name(text: str) -> str:
    """An emotion in lower case and in the spelling of :data:`EMOTIONS`."""
    text = text.strip().lower()
    return _ALIASES.get(text, text)


def _groups(source: str, scheme: Scheme) -> Mapping[str, Sequence[str]]:
    """{class: its emotions}, in label order."""
    if isinstance(scheme, Mapping):
        # One emotion may stand without a list.
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
