# Copyright (c) mmaction-microaction contributors. All rights reserved.
