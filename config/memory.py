"""What the garbage collector of a long-lived process looks at."""

import gc


def keep_for_good() -> None:
    """Whatever is loaded by now stays until the process ends, so no collection looks at it again.

    A full collection stops all threads; with the modules of the product and of the providers' SDKs it takes a fifth
    of a second, in which no token moves.
    """
    gc.collect(1)
    gc.freeze()
