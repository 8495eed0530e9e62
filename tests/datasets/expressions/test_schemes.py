# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest

from mmaction_microaction.datasets.expressions import EMOTIONS, ClassScheme

# How many clips of each emotion the published tables have.
CASME2 = dict(others=99, disgust=63, happiness=32, repression=27, surprise=25,
              sadness=7, fear=2)  # yapf: disable
SAMM = dict(anger=57, other=26, happiness=26, surprise=15, contempt=12,
            disgust=9, fear=8, sadness=6)  # yapf: disable


def counts(source, scheme, table):
    scheme = ClassScheme(source, scheme)
    result = dict.fromkeys(scheme.classes, 0)
    for emotion, number in table.items():
        label = scheme.label(emotion)
        if label is not None:
            result[scheme.classes[label]] += number
    return result


def test_published_counts():
    assert counts('casme2', 3, CASME2) == dict(
        negative=99, positive=32, surprise=25)  # 156 clips
    assert sum(counts('casme2', 4, CASME2).values()) == 255
    assert counts('casme2', 5, CASME2) == dict(
        happiness=32, disgust=63, repression=27, surprise=25, others=99)
    # Those of the MEGC 2019 composite.
    assert counts('samm', 3, SAMM) == dict(
        negative=92, positive=26, surprise=15)
    assert sum(counts('samm', 5, SAMM).values()) == 136
    assert counts('smic', 3, dict.fromkeys(EMOTIONS['smic'], 1)) == dict(
        negative=1, positive=1, surprise=1)


def test_own_scheme_and_its_order():
    scheme = ClassScheme('casme2', dict(tense=['repression', 'Fear'],
                                        glad='happiness'))  # yapf: disable
    assert scheme.classes == ('tense', 'glad')
    assert [scheme.label(x) for x in ('fear', 'Happiness ', 'disgust')] == \
        [0, 1, None]


def test_unknown_emotions():
    for source, emotion in (('casme2', 'hapiness'), ('samm', 'repression')):
        with pytest.raises(ValueError, match=emotion):
            ClassScheme(source, 3).label(emotion)
    own = ClassScheme('casme2', dict(bored=['Boredom'], sad=['sadness']))
    assert own.label('boredom') == 0
    own.check_emotions({'boredom'})  # sadness may be missing from a part
    with pytest.raises(ValueError, match="'boredom', but neither"):
        own.check_emotions({'sadness'})
    for scheme in (3, 4, 5):
        ClassScheme('casme2', scheme).check_emotions(set())


@pytest.mark.parametrize('source, scheme, message', [
    ('casme2', 2, r'\[3, 4, 5\]'),
    ('smic', 5, r'\[3\]'),
    ('mmew', 3, 'mmew'),
    ('casme2', dict(a=['fear']), 'two or more'),
    ('casme2', dict(a=['fear'], b=[]), 'two or more'),
    ('casme2', dict(a=['fear'], b=['Fear']), 'in two classes'),
    *(('casme2', wrong, '3, 4, 5 or a dict')
      for wrong in ('3', True, None, [3])),
])
def test_wrong_schemes(source, scheme, message):
    is_type = 'or a dict' in message
    with pytest.raises(TypeError if is_type else ValueError, match=message):
        ClassScheme(source, scheme)
