# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Checkpoints of a training that may be killed at any moment."""
from typing import List, Optional, Tuple

from mmaction_microaction.utils import checkpoint_files
from mmaction_microaction.utils.files import atomic_text_file
from .wrap import wrap


def save_checkpoints_whole() -> None:
    """Write checkpoints and ``last_checkpoint`` atomically.

    Symptom: a training that is killed while it saves, or whose disk is full,
    leaves a torn checkpoint under its final name, and a copy of each in
    memory meanwhile. Hit: mmengine 0.10.7. Delete when it renames.
    """
    import mmengine.runner as package
    from mmengine.hooks import checkpoint_hook
    from mmengine.runner import checkpoint, runner
    for module in (checkpoint, runner, package):

        @wrap(module, 'save_checkpoint')
        def save(original, checkpoint, filename, *backend, **kwargs) -> None:
            elsewhere = any(backend) or any(kwargs.values())
            if elsewhere or '://' in str(filename):
                original(checkpoint, filename, *backend, **kwargs)
            else:
                checkpoint_files.save_whole(checkpoint, filename)

    # Its only `open` writes `last_checkpoint`.
    checkpoint_hook.open = lambda path, mode: atomic_text_file(
        path, durable=True)


class _Deferred:
    """A file backend that only notes what is to be removed."""

    def __init__(self, backend) -> None:
        self._backend = backend
        self.removals: List[Tuple[str, str]] = []

    def __getattr__(self, name: str):
        return getattr(self._backend, name)

    def remove(self, path: str) -> None:
        self.removals.append(('remove', path))

    def rmtree(self, path: str) -> None:
        self.removals.append(('rmtree', path))


def remove_checkpoints_last() -> None:
    """Remove an old checkpoint after the new one is whole.

    Symptom: ``CheckpointHook`` removes the oldest, and the best one, before
    it writes: with ``max_keep_ckpts=1`` a kill or a full disk leaves none.
    Hit: mmengine 0.10.7. Delete when it saves first.
    """
    from mmengine.hooks import CheckpointHook
    for name in ('_save_checkpoint_with_step', '_save_best_checkpoint'):

        @wrap(CheckpointHook, name)
        def save(original, self, *args, **kwargs) -> None:
            backend, deferred = self.file_backend, _Deferred(self.file_backend)
            self.file_backend = deferred
            try:
                original(self, *args, **kwargs)
            finally:
                self.file_backend = backend
            # One that was saved again under its name stays.
            used = {
                self.last_ckpt,
                getattr(self, 'best_ckpt_path', None),
                *getattr(self, 'best_ckpt_path_dict', {}).values()
            }
            for action, path in deferred.removals:
                if path not in used:
                    getattr(backend, action)(path)


def resume_from_whole_checkpoints() -> None:
    """Let ``--resume`` pass over a torn checkpoint, and say so.

    Symptom: the run ends with an error of the unpickler, although the
    checkpoint before is there. Hit: mmengine 0.10.7. Delete when it checks.
    """
    from mmengine.runner import checkpoint, runner
    for module in (checkpoint, runner):

        @wrap(module, 'find_latest_checkpoint')
        def find(original, path: str) -> Optional[str]:
            named = checkpoint_files.named_checkpoint(path)
            if named is None:
                return original(path)  # which logs that there is none
            return checkpoint_files.latest_whole(named)
