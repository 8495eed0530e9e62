# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The command line: what a tool needs before the package, whose import takes
seconds. ``microaction --help`` and every tool's help come from here."""
