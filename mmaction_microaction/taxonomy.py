# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Label sets as data: classes, their groups, and what goes with them.

Only this module and ``taxonomies/*.yaml`` know a class, a body part or their
numbers. A data set puts its taxonomy into ``metainfo``, mmengine saves that in
every checkpoint, and whatever needs names takes them from there.

Shapes: K classes, G groups (MA-52: 52 actions, 7 body parts).
"""
import csv
import io
import os
import os.path as osp
import re
from collections import Counter
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property, lru_cache
from itertools import count
from typing import Any, Dict, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np
import yaml

from mmaction_microaction.utils.errors import UserError, UserTypeError
from mmaction_microaction.utils.limits import load_yaml, read_limited
from mmaction_microaction.utils.tables import whole_number

_FOLDER = osp.join(osp.dirname(osp.abspath(__file__)), 'taxonomies')
#: For groups without a colour of their own: Paul Tol's "bright" scheme and a
#: brown, which colour-blind eyes tell apart.
_COLOURS = ('#4477aa', '#ee6677', '#228833', '#ccbb44', '#66ccee', '#aa3377',
            '#8c6d31')
#: What a file may have, at most.
_MOST_MB = 1.
_KEYS = {'name', 'title', 'groups', 'classes', 'time_reversed', 'aliases'}

Key = Union[int, str]


class Label(NamedTuple):
    """One class: its index, name and code, and its group's index and name."""
    index: int
    name: str
    code: str
    group: int
    group_name: str


@dataclass(frozen=True)
class Taxonomy:
    """A label set; ValueError if its parts do not fit together or a name
    occurs twice."""
    name: str  # e.g. 'ma52'
    names: Tuple[str, ...]  # K, in the order of the class numbers
    codes: Tuple[str, ...]  # K, of the annotation manual, else class numbers
    groups: Tuple[str, ...]  # G, e.g. body parts
    group_of: Tuple[int, ...]  # K group numbers
    colours: Tuple[str, ...]  # G, '#rrggbb'
    # Classes that are each other's reversal in time: blind to the order of
    # frames, a model cannot tell the two of a pair apart.
    reversed_pairs: Tuple[Tuple[int, int], ...] = ()
    aliases: Tuple[Tuple[str, int], ...] = ()  # other spellings of names
    title: str = ''  # for people, e.g. 'MA-52'

    def __repr__(self) -> str:
        return f'<Taxonomy {self.name}: {len(self.names)} classes>'

    def __post_init__(self) -> None:
        k, g = len(self.names), len(self.groups)
        if not k or len(self.codes) != k or len(self.group_of) != k:
            raise UserError(
                f'taxonomy {self.name}: expected a name, a code and a group '
                f'for each class, but got {k}, {len(self.codes)} and '
                f'{len(self.group_of)}')
        if set(self.group_of) - set(range(g)) or len(self.colours) != g:
            raise UserError(f'taxonomy {self.name}: expected group numbers '
                            f'and a colour for each of {self.groups}')
        for colour in self.colours:
            if not re.fullmatch('#[0-9a-fA-F]{6}', colour):
                raise UserError(f'taxonomy {self.name}: expected colours such '
                                f"as '#4477aa', but got {colour!r}")
        for what in (self.names, self.codes, self.groups):
            twice = sorted(x for x, n in Counter(what).items() if n > 1)
            if twice:
                raise UserError(f'taxonomy {self.name}: {", ".join(twice)} '
                                'is there more than once')

    @staticmethod
    def load(source: Union[str, os.PathLike, dict, 'Taxonomy'] = 'ma52'):
        """Load a label set by name, from a file, or from plain types.

        A YAML file has ``name``, ``groups`` (name: colour, or a list of names)
        and ``classes`` (a list of ``{name, group, code}``, in order), and may
        have ``title``, ``time_reversed`` (pairs of names) and ``aliases``
        (spelling: name). A CSV file has a header with ``name`` and may have
        ``index``, ``group`` (or ``body_name``) and ``code``.

        Args:
            source (str | dict | Taxonomy): Name of a shipped set, path of a
                ``.yaml`` or ``.csv`` file, or what :meth:`to_dict` gave.

        Raises:
            ValueError: If the content is no taxonomy.
            FileNotFoundError: If there is neither such a set nor such a file.
        """
        if isinstance(source, Taxonomy):
            return source
        if isinstance(source, dict):
            content = {  # of a newer version, it may have more
                x.name: _nested(tuple, source[x.name])
                for x in fields(Taxonomy) if x.name in source
            }
            try:
                return Taxonomy(**content)
            except TypeError as error:
                raise UserError(f'this is no taxonomy: {error}') from error
        source = os.fspath(source)
        # A file is read again when it has changed, or another is there.
        facts = os.stat(source) if osp.isfile(source) else None
        return _load(source, facts and (facts.st_ino, facts.st_mtime_ns))

    def to_dict(self) -> Dict[str, Any]:
        """Plain types, for checkpoints and JSON; :meth:`load` reads them."""
        return {k: _nested(list, v) for k, v in asdict(self).items()}

    def subset(self, names: Sequence[str]) -> 'Taxonomy':
        """Select classes by name, code or alias, in the new order; all groups
        stay. ValueError if a name is unknown or given twice."""
        old = [self.find(name).index for name in names]
        new = {index: i for i, index in enumerate(old)}
        pairs = [x for x in self.reversed_pairs if new.keys() >= set(x)]
        return replace(
            self,
            names=tuple(self.names[i] for i in old),
            codes=tuple(self.codes[i] for i in old),
            group_of=tuple(self.group_of[i] for i in old),
            reversed_pairs=tuple((new[a], new[b]) for a, b in pairs),
            aliases=tuple((x, new[i]) for x, i in self.aliases if i in new))

    @property
    def num_classes(self) -> int:
        return len(self.names)

    @property
    def num_groups(self) -> int:
        return len(self.groups)

    @cached_property
    def group_index(self) -> np.ndarray:
        """(K,) int64, group of each class; read-only."""
        index = np.array(self.group_of)
        index.setflags(write=False)
        return index

    @cached_property
    def labels(self) -> Tuple[Label, ...]:
        """The K classes."""
        groups = (self.groups[group] for group in self.group_of)
        rows = zip(self.names, self.codes, self.group_of, groups)
        return tuple(Label(i, *row) for i, row in enumerate(rows))

    @cached_property
    def _index(self) -> Dict[str, int]:
        codes = {code: i for i, code in enumerate(self.codes)}
        names = {name: i for i, name in enumerate(self.names)}
        return {**dict(self.aliases), **codes, **names}

    def find(self, key: Key) -> Label:
        """Look up a class.

        Args:
            key (int | str): Index, name, code or alias.

        Raises:
            ValueError: If there is no such class.
            TypeError: If ``key`` is neither an integer nor a string.
        """
        if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
            if 0 <= key < self.num_classes:
                return self.labels[key]
            raise UserError(f'class index of {self.title} must be 0 to '
                            f'{self.num_classes - 1}, but got {key}')
        if not isinstance(key, str):
            raise UserTypeError('expected an index, a name or a code, but got '
                                f'{type(key).__name__}')
        if key not in self._index:
            raise UserError(
                f'unknown class {key!r} of {self.title}; names are e.g. '
                f'{self.names[0]!r}, codes e.g. {self.codes[0]!r}')
        return self.labels[self._index[key]]

    def members(self, group: Key) -> Tuple[Label, ...]:
        """The classes of a group (index or name), in order; ValueError for an
        unknown group."""
        if group not in range(self.num_groups) and group not in self.groups:
            raise UserError(f'group of {self.title} must be 0 to '
                            f'{self.num_groups - 1} or one of '
                            f'{self.groups}, but got {group!r}')
        return tuple(
            x for x in self.labels if group in (x.group, x.group_name))

    def group_scores(self, scores: np.ndarray) -> np.ndarray:
        """Sum probabilities (..., K) over the classes of each group: (..., G)
        of the same dtype; ValueError for another shape."""
        scores = np.asarray(scores)
        if scores.shape[-1:] != (self.num_classes, ):
            raise UserError(f'expected scores of shape (..., '
                            f'{self.num_classes}), but got {scores.shape}')
        sums = [
            scores[..., self.group_index == group].sum(-1, scores.dtype)
            for group in range(self.num_groups)
        ]
        return np.stack(sums, axis=-1)


def _nested(kind: type, value: Any) -> Any:
    """Lists and tuples, however deep, as lists or as tuples."""
    if isinstance(value, (list, tuple)):
        return kind(_nested(kind, item) for item in value)
    return value


@lru_cache(maxsize=None)
def _load(source: str, version: Optional[tuple] = None) -> Taxonomy:
    path = source
    if not source.lower().endswith(('.yaml', '.yml', '.csv')):
        path = osp.join(_FOLDER, f'{source}.yaml')
    if not osp.isfile(path):
        shipped = sorted(osp.splitext(x)[0] for x in os.listdir(_FOLDER))
        raise FileNotFoundError(
            f'there is no taxonomy {source}; shipped are '
            f'{", ".join(shipped)}, or name a .yaml or .csv file')
    try:
        is_csv = path.lower().endswith('.csv')
        content = _read_csv(path) if is_csv else load_yaml(path, _MOST_MB)
        name = osp.splitext(osp.basename(path))[0]
        return _from_content(dict({'name': name}, **content))
    except (KeyError, TypeError, AttributeError, RecursionError, csv.Error,
            yaml.YAMLError) as error:
        raise UserError(f'{path} is no taxonomy: {error!r}; see '
                        'mmaction_microaction/taxonomies/ma52.yaml') from error
    except ValueError as error:
        raise UserError(f'{path}: {error}') from error


def _read_csv(path: str) -> dict:
    text = read_limited(path, most=_MOST_MB).decode('utf-8-sig')
    rows = list(csv.DictReader(io.StringIO(text, newline='')))
    if rows and 'index' in rows[0]:
        order = [whole_number(row['index'], 'index') for row in rows]
        if sorted(order) != list(range(len(rows))):
            raise UserError('column index must have 0, 1, ... once each')
        rows = [rows[i] for i in np.argsort(order)]
    columns = dict(
        name=['name'],
        group=['group', 'body_name', 'body'],
        code=['code', 'manual_code'])
    classes = [{
        key: row[column]
        for key, spellings in columns.items()
        for column in spellings if row.get(column)
    } for row in rows]
    return dict(classes=classes)


def _from_content(content: dict) -> Taxonomy:
    wrong = sorted(set(content) - _KEYS)
    if wrong:
        raise UserError(f'unknown keys {wrong}; known are {sorted(_KEYS)}')
    classes = content['classes']
    names = tuple(x['name'] for x in classes)
    bare = [x['name'] for x in classes if not x.get('group')]
    if bare and len(bare) < len(classes):
        raise UserError(f'these classes have no group: {bare}')
    group_names = [x.get('group') or 'all' for x in classes]
    groups = content.get('groups') or list(dict.fromkeys(group_names))
    for name in (*names, *group_names, *groups):
        if not isinstance(name, str):  # YAML reads no, on, 12 as it likes
            raise UserError(f'the name {name!r} is no text; quote it')
    order, index = list(groups), {name: i for i, name in enumerate(names)}
    unknown = sorted(set(group_names) - set(order))
    if unknown:
        raise UserError(f'groups {unknown} of classes are not among {order}')
    colours = groups if isinstance(groups, dict) else {}
    return Taxonomy(
        content['name'], names,
        tuple(str(x.get('code', i)) for i, x in enumerate(classes)),
        tuple(order), tuple(map(dict(zip(order, count())).get, group_names)),
        tuple(
            colours.get(g) or _COLOURS[i % len(_COLOURS)]
            for i, g in enumerate(order)),
        tuple(
            (index[a], index[b]) for a, b in content.get('time_reversed', ())),
        tuple((alias, index[name])
              for alias, name in (content.get('aliases') or {}).items()),
        content.get('title', content['name']))


#: The default everywhere: Guo et al., IEEE TCSVT 34(7), 2024, Table I.
MA52 = Taxonomy.load('ma52')
