# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""What ``tools/benchmark.py`` times; not imported with the package."""
