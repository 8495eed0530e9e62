# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""The performance laboratory of the developers; not in the wheel."""
