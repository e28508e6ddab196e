"""Functions of several kinds, to see them traced: each line of input, "plain" or
"profiled", calls them all once."""
import cProfile
import sys
import threading
import time


def leaf(n):
    return n


def slow():
    time.sleep(0.03)


def numbers():
    yield 1
    yield 2


def fails():
    raise ValueError("on purpose")


class Shop:
    def sell(self):
        return leaf(2)


def everything():
    leaf(1)
    Shop().sell()
    slow()
    sum(numbers())
    ended_early = numbers()
    next(ended_early)
    ended_early.close()
    try:
        fails()
    except ValueError:
        pass


print("ready", flush=True)
for line in sys.stdin:
    if line == "profiled\n":
        profile = cProfile.Profile()
        profile.enable()
        everything()
        profile.disable()
    else:
        everything()
    thread = threading.Thread(target=leaf, args=(3,))
    thread.start()
    thread.join()
    print("done, with thread", thread.native_id, flush=True)
