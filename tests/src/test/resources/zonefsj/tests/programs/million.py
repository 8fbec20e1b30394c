"""Many files in one directory: million.py create|list|stat|remove DIR COUNT PID

PID is the daemon that serves DIR: its processor time and memory are printed. The last line of `create` is
"ratio WALL CPU": what one file cost at the end, over what one cost at 10,000.
"""
import os
import random
import subprocess
import sys
import time

action, directory, count, pid = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds():
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory():
    with open(f"/proc/{pid}/status") as file:
        sizes = dict(line.split(":", 1) for line in file)
    return {name: int(sizes[name].split()[0]) >> 10 for name in ("VmRSS", "VmHWM", "RssAnon")}


def say(what, files, wall, processor):
    now = memory()
    print(
        f"{what:28} {files / wall:10,.0f} /s {processor / files * 1e6:8.1f} us of the daemon each,"
        f" {now['VmRSS']} MiB resident ({now['RssAnon']} of its own), {now['VmHWM']} at most",
        flush=True,
    )


def now():
    return time.monotonic(), processor_seconds()


def create():
    # A virtual machine is slow at first: what is compared with is a warm one.
    warm = directory + "-warm"
    os.mkdir(warm)
    put(warm, range(min(count, 30_000)))
    for name in os.listdir(warm):
        os.unlink(os.path.join(warm, name))
    os.rmdir(warm)
    os.mkdir(directory)
    say("warm", 1, 1, 0)
    # A window is long enough for what is only done from time to time.
    window = max(1, min(100_000, count // 10))
    first = min(20_000, count // 10)
    marks = [0]
    decade = 1000
    while decade < count:
        marks.append(decade)
        decade *= 10
    marks = sorted({*marks, first, count - window, count})
    costs = {}
    begin = now()
    for low, high in zip(marks, marks[1:]):
        before = now()
        put(directory, range(low, high))
        after = now()
        wall, processor = after[0] - before[0], after[1] - before[1]
        costs[high] = wall / (high - low), processor / (high - low)
        say(f"create {low:,} to {high:,}", high - low, wall, processor)
    end = now()
    say("create all", count, end[0] - begin[0], end[1] - begin[1])
    # From nothing to 20,000: 10,000 on an average.
    early = [value for high, value in costs.items() if high <= first]
    widths = [high - low for low, high in zip(marks, marks[1:]) if high <= first]
    base = [sum(c[i] * w for c, w in zip(early, widths)) / first for i in (0, 1)]
    late = costs[count]
    print("ratio", *(f"{late[i] / base[i] if base[i] else 0:.2f}" for i in (0, 1)))


def put(where, numbers):
    folder = os.open(where, os.O_RDONLY)
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
    for number in numbers:
        os.close(os.open(f"file-{number}", flags, 0o644, dir_fd=folder))
    os.close(folder)


def listing():
    listed = subprocess.run(
        f"ls -f {directory} | wc -l", shell=True, check=True, capture_output=True, text=True
    )
    # With . and ..
    assert int(listed.stdout) == count + 2, listed.stdout


def stat():
    numbers = list(range(count))
    random.seed(1)
    random.shuffle(numbers)
    folder = os.open(directory, os.O_RDONLY)
    for number in numbers:
        os.stat(f"file-{number}", dir_fd=folder)
    os.close(folder)


def remove():
    folder = os.open(directory, os.O_RDONLY)
    for number in range(count):
        os.unlink(f"file-{number}", dir_fd=folder)
    os.close(folder)
    os.rmdir(directory)


if action == "create":
    create()
else:
    before = now()
    {"list": listing, "stat": stat, "remove": remove}[action]()
    after = now()
    say(action, count, after[0] - before[0], after[1] - before[1])
