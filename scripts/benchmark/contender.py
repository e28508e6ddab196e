#!/usr/bin/python3
"""BCC's Python interface as a contender of scripts/bench.

    contender.py hello FILE PID
    contender.py events FILE PID EVENTS [PAGES WAKEUP]
    contender.py table FILE ENTRIES
    contender.py text FILE

It prints a line when it is ready and a line of JSON as its result.
"""
import json
import resource
import signal
import sys
import time

from bcc import BPF


def cpu_us():
    use = resource.getrusage(resource.RUSAGE_SELF)
    return (use.ru_utime + use.ru_stime) * 1e6


def ready():
    print("ready", flush=True)


def hello(path, pid):
    b = BPF(src_file=path, cflags=["-DPRODUCER=" + pid])
    b["events"].open_perf_buffer(lambda cpu, data, size: None)
    ready()
    sys.stdin.readline()
    print("{}", flush=True)


def events(path, pid, count, pages="8", wakeup="1"):
    want = int(count)
    seen = total = missed = 0
    stopped = False

    def stop(signum, frame):
        nonlocal stopped
        stopped = True

    def received(cpu, data, size):
        nonlocal seen, total
        event = b["events"].event(data)
        seen += 1
        total += event.nth

    def lost(n):
        nonlocal missed
        missed += n

    b = BPF(src_file=path, cflags=["-DPRODUCER=" + pid])
    b["events"].open_perf_buffer(received, page_cnt=int(pages), lost_cb=lost,
                                 wakeup_events=int(wakeup))
    signal.signal(signal.SIGTERM, stop)
    begin = cpu_us()
    ready()
    while seen + missed < want and not stopped:
        b.perf_buffer_poll(100)
    print(json.dumps({"events": seen, "lost": missed, "sum": total,
                      "cpu_us": cpu_us() - begin}), flush=True)


def table(path, entries):
    b = BPF(src_file=path, cflags=["-DENTRIES=" + entries])
    t = b["table"]
    for i in range(int(entries)):
        t[t.Key(i)] = t.Leaf(2 * i)
    ready()
    begin, seen, total = time.monotonic(), 0, 0
    for k, v in t.items():
        seen += 1
        total += k.value + v.value
    walks = [walk("items", begin, seen, total)]
    begin, seen, total = time.monotonic(), 0, 0
    for k, v in t.items_lookup_batch():
        seen += 1
        total += k + v
    walks.append(walk("items_lookup_batch", begin, seen, total))
    print(json.dumps({"walks": walks}), flush=True)


def text(path):
    b = BPF(src_file=path)
    b["events"].open_perf_buffer(lambda cpu, data, size: None)
    ready()
    sys.stdin.readline()


def walk(name, begin, seen, total):
    return {"name": name, "entries": seen, "sum": total,
            "ms": (time.monotonic() - begin) * 1e3}


modes = {"hello": hello, "events": events, "table": table, "text": text}
modes[sys.argv[1]](*sys.argv[2:])
