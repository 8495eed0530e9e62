# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""Where packages are installed, without ``pkg_resources``."""
import importlib.metadata
import importlib.util
from typing import Optional


def find_package(package: str) -> Optional[str]:
    """Find the folder of a package.

    Args:
        package (str): Name of a distribution (``'mmaction2'``) or of the
            module that it holds (``'mmaction'``).

    Returns:
        str | None: Its folder, or None.
    """
    try:
        names = importlib.metadata.distribution(package).read_text(
            'top_level.txt')
        package = names.split()[0] if names else package
    except importlib.metadata.PackageNotFoundError:
        pass
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return spec.submodule_search_locations[0]


def get_installed_path(package: str) -> str:
    """As mmengine's function of the same name.

    Args:
        package (str): As for :func:`find_package`.

    Returns:
        str: Its folder.

    Raises:
        RuntimeError: If it is not installed.
    """
    path = find_package(package)
    if path is None:
        raise RuntimeError(f'package {package} is not installed')
    return path


def is_installed(package: str) -> bool:
    """As mmengine's function of the same name.

    Args:
        package (str): As for :func:`find_package`.

    Returns:
        bool: Whether it is installed.
    """
    return find_package(package) is not None
