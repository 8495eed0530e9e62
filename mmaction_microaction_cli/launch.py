# Copyright (c) mmaction-microaction contributors. All rights reserved.
"""torchrun, with an exit code by which a scheduler knows what to do.

Takes the arguments of torchrun. Exits with 75 (EX_TEMPFAIL) if the training
was stopped by SIGTERM, and 130 by SIGINT, where torchrun itself gives 1.
"""
import os
import signal
import sys
import time
from contextlib import suppress
from importlib import import_module
from typing import Optional, Sequence

#: As the package's ``StopHook`` exits with.
STOPPED, INTERRUPTED = 75, 130
_LEAD = 5  # seconds in which the tasks on other machines end


def main(argv: Optional[Sequence[str]] = None) -> int:
    from torch.distributed import run
    from torch.distributed.elastic.multiprocessing import SignalException
    from torch.distributed.elastic.multiprocessing.errors import \
        ChildFailedError

    # MMEngine imports yapf, whose first import after an installation writes
    # its grammar: several processes at once read an empty file.
    with suppress(ImportError):
        import_module('yapf.yapflib.yapf_api')
    # Of a step, the save, and the agreement of all processes.
    os.environ.setdefault('TORCH_ELASTIC_SHUTDOWN_TIMEOUT', '100')
    try:
        run.main(argv)
    except SignalException as error:
        return _leave(INTERRUPTED if error.sigval ==
                      signal.SIGINT else STOPPED)
    except ChildFailedError as error:
        codes = {failure.exitcode for failure in error.failures.values()}
        for code in (STOPPED, INTERRUPTED):
            if code in codes:
                return _leave(code)
        raise
    return 0


def _leave(code: int) -> int:
    """srun kills the other tasks when one fails, and returns the highest code:
    only the first machine's tells, and as the last."""
    if int(os.environ.get('SLURM_NNODES', 1)) > 1:
        if os.environ.get('SLURM_NODEID', '0') != '0':
            return 0
        time.sleep(_LEAD)
    return code


if __name__ == '__main__':
    sys.exit(main())
