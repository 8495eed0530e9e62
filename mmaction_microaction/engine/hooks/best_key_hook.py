# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Check before training that ``save_best`` and ``monitor`` name a score."""
import re
from typing import Iterator, Sequence, Tuple

from mmaction.registry import HOOKS
from mmengine.hooks import Hook

from mmaction_microaction.utils.errors import UserError


@HOOKS.register_module()
class BestKeyHook(Hook):
    """Check the keys of the best checkpoint (``save_best``) and of early
    stopping (``monitor``) against those of the metrics.

    MMEngine checks after the first validation. UserError, listing the keys, if
    one is missing; metrics with unknown keys, such as the host's, may give
    any.
    """

    def before_train(self, runner) -> None:
        if runner.val_loop is None:
            return
        metrics = runner.val_loop.evaluator.metrics
        if not all(hasattr(metric, 'keys') for metric in metrics):
            return
        wanted = list(_wanted(runner.hooks))
        if not wanted:
            return
        model = getattr(runner.model, 'module', runner.model)
        head = getattr(model, 'cls_head', None)
        more = getattr(head, 'more_scores', ())
        known = [key for metric in metrics for key in metric.keys(more)]
        for hook, name, key in wanted:
            if not _among(key, known):
                raise UserError(f'{type(hook).__name__}.{name}={key!r}, but '
                                f'the validation gives {", ".join(known)}')


def _wanted(hooks: Sequence[Hook]) -> Iterator[Tuple[Hook, str, str]]:
    """Hook, setting and key of each key set by name."""
    for hook in hooks:
        named = [('save_best', x) for x in getattr(hook, 'key_indicators', ())]
        named.append(('monitor', getattr(hook, 'monitor', None)))
        yield from ((hook, *x) for x in named if x[1] not in (None, 'auto'))


def _among(key: str, known: list) -> bool:
    """Whether a key is known; ``<a>`` in a known one matches any name."""
    return any(
        re.fullmatch(re.sub('<[^>]*>', '.+', re.escape(name)), key)
        for name in known)
