# Copyright (c) mmaction-microaction contributors. All rights reserved.
import pytest

from mmaction_microaction.datasets.expressions import EMOTIONS, ClassScheme

# How many clips of each emotion the published tables have.
COUNTS = dict(
    casme2=[32, 63, 27, 25, 7, 2, 99],
    samm=[57, 12, 9, 8, 26, 6, 15, 26],
    smic=[1, 1, 1])


@pytest.mark.parametrize(
    'source, number, expected',
    [
        ('casme2', 3, dict(negative=99, positive=32, surprise=25)),
        ('casme2', 4, dict(negative=99, positive=32, surprise=25, others=99)),
        # Those of the MEGC 2019 composite.
        ('samm', 3, dict(negative=92, positive=26, surprise=15)),
        ('smic', 3, dict(negative=1, positive=1, surprise=1)),
        ('casme2', 5, 'happiness disgust repression surprise others'),
        ('samm', 5, 'anger contempt happiness surprise others'),
    ])
def test_published_counts(source, number, expected):
    given = dict(zip(EMOTIONS[source], COUNTS[source], strict=True))
    if number == 5:
        expected = {name: given[name] for name in expected.split()}
    scheme = ClassScheme(source, number)
    found = dict.fromkeys(scheme.classes, 0)
    for emotion, count in given.items():
        label = scheme.label(emotion)
        if label is not None:
            found[scheme.classes[label]] += count
    assert list(found.items()) == list(expected.items())


def test_unknown_emotions():
    for source, emotion in (('casme2', 'hapiness'), ('samm', 'repression')):
        scheme = ClassScheme(source, 3)
        scheme.check_emotions(set())
        with pytest.raises(ValueError, match=emotion):
            scheme.label(emotion)


def test_own_scheme_and_its_order():
    own = ClassScheme('casme2', dict(bored=['Boredom', 'fear'], sad='sadness'))
    assert own.classes == ('bored', 'sad')
    assert [own.label(x) for x in ('boredom', 'Fear', 'Sadness ', 'disgust')
            ] == [0, 0, 1, None]
    own.check_emotions({'boredom'})  # sadness may be missing from a part
    with pytest.raises(ValueError, match="'boredom', but neither"):
        own.check_emotions({'sadness'})


@pytest.mark.parametrize('source, scheme, message', [
    ('casme2', 2, r'\[3, 4, 5\]'),
    ('smic', 5, r'\[3\]'),
    ('mmew', 3, 'mmew'),
    ('casme2', dict(a=['fear']), 'two or more'),
    ('casme2', dict(a=['fear'], b=[]), 'two or more'),
    ('casme2', dict(a=['fear'], b=['Fear']), 'in two classes'),
])
def test_wrong_schemes(source, scheme, message):
    with pytest.raises(ValueError, match=message):
        ClassScheme(source, scheme)


def test_what_is_no_scheme():
    for wrong in ('3', True, None, [3]):
        with pytest.raises(TypeError, match='3, 4, 5 or a dict'):
            ClassScheme('casme2', wrong)
