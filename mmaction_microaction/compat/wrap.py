# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""How the shims change a method of the host."""
import functools
from typing import Callable


def wrap(owner: type, name: str) -> Callable:
    """Decorator: put a function, which gets the original first, in front of
    the method ``owner.name``, once."""
    original = getattr(owner, name)

    def decorate(function: Callable) -> Callable:

        @functools.wraps(original)
        def method(*args, **kwargs):
            return function(original, *args, **kwargs)

        if not hasattr(original, 'microaction_shim'):
            method.microaction_shim = function
            setattr(owner, name, method)
        return function

    return decorate
