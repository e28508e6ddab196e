"""Does what it is told, a line each, and answers each with a line."""
import cProfile
import gc
import sys
import time


def leaf(n):
    return n + 1


def twice(n):
    return leaf(leaf(n))


def down(n):
    return 0 if n == 0 else 1 + down(n - 1)


def slow(ms):
    time.sleep(ms / 1000)


def run(what, n):
    if what == "twice":
        for i in range(n):
            twice(i)
    elif what == "down":
        down(n)
    elif what == "slow":
        slow(n)
    elif what == "gc":
        return gc.collect(n)
    elif what == "garbage":
        for _ in range(n):
            ring = []
            ring.append(ring)
    return 0


gc.disable()
if "profiled" in sys.argv:
    # Python 3.11 tells of calls only in threads that are profiled.
    cProfile.Profile().enable()
print("ready", flush=True)
for line in sys.stdin:
    what, n = line.split()
    print("did", line.strip(), "result", run(what, int(n)), flush=True)
