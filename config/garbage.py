"""The garbage collector, in processes that serve or work for long."""

import gc


def pass_over_what_is_here() -> None:
    """Have it never look again at what is loaded now: to go through all of Django and its modules takes 0.1 s, and it
    did so in each of its full rounds.
    """
    gc.collect()
    gc.freeze()
