# SPDX-License-Identifier: Apache-2.0
"""Called by `profile`, which knows the options: profile.py LAUNCHER DIR OUT LIBRARY BYTES FILES WARM KINDS.

Each run is one kind of work on a new drive and a new daemon, sampled by async-profiler, which jcmd loads
into the daemon: once for CPU time, once for allocations.
"""
import collections
import contextlib
import dataclasses
import functools
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile

import main as bench
import peers
import report
import work

#: The stages of a request. A sample belongs to the innermost frame that one of these patterns matches from its
#: begin, and there to the first stage in this order. Frames are `package.Class.method` of Java,
#: `library.so`function` of native code, `function_[k]` of the kernel, and outermost `[thread tid=number]`.
STAGES = (
    ("checksum", r"java\.util\.zip\.(CRC32|Checksum)|zonefsj\.zonemgr\.BlockChecksums|.*updateBytesCRC32"),
    (
        "class loading, linking",
        r"libjvm\.so`(SharedRuntime::(resolve|handle_wrong_method|find_callee)|InterpreterRuntime::(resolve|_new|ldc)"
        r"|LinkResolver|SystemDictionary|ClassFileParser|Rewriter|Verifier|InstanceKlass::(initialize|link)"
        r"|MethodHandles|BootstrapInfo)|java\.lang\.ClassLoader\.|jdk\.internal\.loader\."
        r"|java\.lang\.invoke\.(MethodHandleNatives|InnerClassLambda|LambdaMetafactory|LambdaFormEditor|InvokerBytecode"
        r"|BootstrapMethod|StringConcatFactory|CallSite|MethodType)",
    ),
    ("JIT compiler", r"libjvm\.so`(Compile|CompilationPolicy|TieredThresholdPolicy)|\[C[12] Comp|\[Sweeper"),
    ("garbage collection", r"libjvm\.so`(GenCollected|DefNew|VM_GenCollect|Scavenge)|\[VM Thread|\[GC |\[VM Periodic"),
    (
        "locks, hand-over",
        r"java\.util\.concurrent\.locks\.|java\.lang\.Object\.(wait|notify)|jdk\.internal\.misc\.Unsafe\.(un)?park"
        r"|libjvm\.so`(Unsafe_(Unp|P)ark|Parker|ObjectMonitor|ObjectSynchronizer|ObjectLocker|Monitor::|Mutex::)"
        r"|java\.util\.concurrent\.(ThreadPoolExecutor|LinkedBlocking|ArrayBlocking|SynchronousQueue|Semaphore"
        r"|FutureTask|CountDownLatch|CompletableFuture|ScheduledThreadPool|Executors|ForkJoin)"
        r"|zonefsj\.fs\.tree\.(InodeLocks|BatchGate)|zonefsj\.fs\.volume\.state\.RequestCalls"
        r"|zonefsj\.device\.software\.ZoneLocks",
    ),
    ("RocksDB", r"org\.rocksdb\.|zonefsj\.fs\.meta\.rocks\.|librocksdb|.*\brocksdb::|\[rocksdb:"),
    ("recent changes", r"zonefsj\.fs\.meta\.memory\.|\[zonefsj-index"),
    ("cache", r"com\.github\.benmanes\.caffeine\.|zonefsj\.fs\.meta\.CachingMetadataStore"),
    ("device", r"zonefsj\.device\.|zonefsj\.stores\."),
    ("journal", r"zonefsj\.journal\."),
    ("collector", r"zonefsj\.gc\.|zonefsj\.fs\.volume\.reclaim\.|\[zonefsj-gc"),
    ("zones, frames", r"zonefsj\.zonemgr\."),
    (
        "extent map, data",
        r"zonefsj\.fs\.data\.|zonefsj\.fs\.volume\.state\.(ContentReader|ExtentLookup|StreamChooser)"
        r"|zonefsj\.fs\.volume\.commit\.(ExtentResolver|ExtentChanges|ExtentSums|InlineRemainders)",
    ),
    ("commit", r"zonefsj\.fs\.volume\.commit\.|zonefsj\.fs\.volume\.stored\.|\[zonefsj-(commit|checkpoint)"),
    ("names, inodes, keys", r"zonefsj\.fs\.tree\.|zonefsj\.fs\.meta\."),
    ("operations", r"zonefsj\.fs\.volume\.|zonefsj\.fs\.[A-Z]"),
    ("transport", r"zonefsj\.fs\.fuse\.|ru\.serce\.jnrfuse\.|\[fuse-"),
)
OTHER = "other"
#: What the profiler itself does in the daemon.
PROFILER = re.compile(r"\[Attach Listener")

#: Between two samples of CPU time. A system call has one sample at most, which comes at its end: with a shorter
#: interval, long calls would count too little.
CPU_MICROSECONDS = 2000
#: Mean of the bytes between two samples of allocation.
ALLOC_INTERVAL = "16k"
#: perf events see the kernel, too. Containers may forbid them; timers work everywhere, but only at the kernel's ticks.
CPU_EVENTS = (f"cpu-clock,interval={CPU_MICROSECONDS}us", f"ctimer,interval={CPU_MICROSECONDS}us")
ALLOC_EVENTS = (f"alloc,alloc={ALLOC_INTERVAL},total",)
LEAVES = 10
SYNCED_WRITES = 2000
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_PATTERNS = tuple((stage, re.compile(pattern)) for stage, pattern in STAGES)


# The kinds of work. Each has a directory of its own: `prepare` fills it, nobody measures that.


def prepare_large(root, size):
    work.write(root, size)


def prepare_small(root, size):
    work.create(root, size)


def synced_write(root, size):
    return work.timed(
        work.random_writes, f"{root}/large", size.large // work.BLOCK, SYNCED_WRITES, 2, True
    )


def lookup(root, size):
    """All by `ls -lR`, which asks for whole directories; then each by its name, which asks for one."""
    draw = random.Random(5)
    numbers = list(range(size.files))
    draw.shuffle(numbers)

    def by_name():
        for number in numbers:
            if os.lstat(work.small_path(root, number)).st_size != work.BLOCK:
                raise work.Wrong(f"{work.small_path(root, number)} is not whole")

    with open(os.devnull, "wb") as nowhere:
        seconds = work.timed(
            functools.partial(subprocess.run, ("ls", "-lR", f"{root}/small"), check=True, stdout=nowhere)
        )
    bench.drop_caches()
    return seconds + work.timed(by_name)


def delete(root, _size):
    def remove():
        work.run("rm", "-r", f"{root}/small")
        work.sync_directory(root)

    return work.timed(remove)


KINDS = (
    work.Phase("write", "sequential writes of 1 MiB, fsync", "MiB", work.mebibytes, work.write),
    work.Phase("read", "sequential read, cold", "MiB", work.mebibytes, work.read, True, prepare=prepare_large),
    work.Phase("create", "create files of 4 KiB", "file", work.small_files, work.create),
    work.Phase(
        "lookup", "ls -lR, then stat of each name, cold", "look-up", lambda size: 2 * size.files, lookup, True,
        prepare=prepare_small,
    ),
    work.Phase(
        "fsync", "random 4 KiB write + fdatasync", "write", work.of(SYNCED_WRITES), synced_write, prepare=prepare_large
    ),
    work.Phase(
        "random-read", "random 4 KiB reads, cold", "read", work.of(work.RANDOM_READS), work.random_read, True,
        prepare=prepare_large,
    ),
    work.Phase("delete", "rm -r of the files", "file", work.small_files, delete, prepare=prepare_small),
)


# Stacks. A stack is its frames, the thread first and the leaf last.


def readable(frame):
    """A frame without what differs from one process to the next."""
    frame = re.sub(r"\$\$Lambda.*?(?=\.\w+$)", "$$Lambda", frame)
    frame = re.sub(r"^.*jna\d+\.tmp(?: \(deleted\))?", "jna", frame)
    frame = re.sub(r"^/\S*/(?=[^/]+$)", "", frame)
    return frame.replace("_[k]", " (kernel)")


@functools.lru_cache(maxsize=None)
def stage_of_frame(frame):
    return next((stage for stage, pattern in _PATTERNS if pattern.match(frame)), None)


def stage_of(frames):
    """That of the innermost frame which has one."""
    return next(filter(None, map(stage_of_frame, reversed(frames))), OTHER)


def read_stacks(lines):
    """(frames, value) of each line of collapsed stacks, without those of the profiler itself."""
    for line in lines:
        stack, _, value = line.rstrip("\n").rpartition(" ")
        if stack and not PROFILER.match(stack):
            yield tuple(stack.split(";")), int(value)


@dataclasses.dataclass
class Sums:
    """What the stacks of one run add up to: by stage, of that in the kernel, by leaf, and by leaf and stage."""

    total: int = 0
    stages: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    kernel: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    leaves: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    places: dict = dataclasses.field(default_factory=dict)

    def stage_of_leaf(self, leaf):
        """Where it costs most."""
        return self.places[leaf].most_common(1)[0][0] if leaf in self.places else "-"


def sum_up(stacks, allocations):
    """Sorts stacks into stages. The leaf of an allocation is the class of the object, which is no code."""
    sums = Sums()
    for frames, value in stacks:
        code = frames[:-1] if allocations else frames
        leaf = readable(frames[-1])
        if allocations and len(code) > 1:
            leaf = f"{leaf} in {readable(code[-1])}"
        stage = stage_of(code)
        sums.total += value
        sums.stages[stage] += value
        sums.leaves[leaf] += value
        sums.places.setdefault(leaf, collections.Counter())[stage] += value
        if frames[-1].endswith("_[k]"):
            sums.kernel[stage] += value
    return sums


# Runs.


@dataclasses.dataclass(frozen=True)
class Cost:
    """What one run has measured."""

    seconds: float
    cpu: float
    memory: int
    event: str
    sums: Sums


class Profiled(peers.Ours):
    """A daemon that async-profiler samples. Its files lie in a directory whose name its options can carry.

    Allocations are sampled from the begin of the daemon on, and those before the work forgotten: a thread that
    has begun without that has half a MiB to go before its first sample.
    """

    def __init__(self, launcher, place, size, directory, events):
        super().__init__(launcher, place, size)
        self.directory = directory
        self.events = events

    def mount(self):
        before = os.environ["ZONEFSJ_JAVA_OPTS"]
        if self.events == ALLOC_EVENTS:
            agent = f"-agentpath:{self.directory}/library.so"
            os.environ["ZONEFSJ_JAVA_OPTS"] += f" {agent}=start,event={ALLOC_EVENTS[0]},file={self.directory}/unused"
        try:
            return super().mount()
        finally:
            os.environ["ZONEFSJ_JAVA_OPTS"] = before

    def tell(self, options):
        home = os.environ.get("JAVA_HOME")
        words = (
            f"{home}/bin/jcmd" if home else "jcmd", str(self.process.pid), "JVMTI.agent_load",
            f"{self.directory}/library.so", f'"{options}"',
        )
        try:
            said = subprocess.run(
                words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=60
            ).stdout.decode(errors="replace")
        except FileNotFoundError as missing:
            raise peers.Trouble(f"{words[0]} is missing: install a JDK, or let JAVA_HOME name one") from missing
        if "return code: 0" not in said:
            errors = [line for line in self.words().splitlines() if line.startswith("[ERROR]")]
            raise peers.Trouble(f"async-profiler refused '{options}': {errors[-1] if errors else said.strip()}")

    def start_samples(self):
        """Begins with the first of the events that this machine allows; returns it."""
        if self.events == ALLOC_EVENTS:
            self.tell(f"stop,file={self.directory}/unused")
        for event in self.events:
            try:
                self.tell(f"start,event={event},threads")
                return event.partition(",")[0]
            except peers.Trouble:
                if event == self.events[-1]:
                    raise
        raise ValueError("no event")

    def stop_samples(self, name, total):
        """Ends, and writes NAME.collapsed and NAME.html."""
        self.tell(f"stop,collapsed,lib,dot,threads{total},file={self.directory}/{name}.collapsed")
        self.tell(f"dump,flamegraph{total},title={name},file={self.directory}/{name}.html")


@contextlib.contextmanager
def nothing_interrupts():
    """A second signal must not end the cleaning up."""
    before = [(number, signal.signal(number, signal.SIG_IGN)) for number in SIGNALS]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def measure(peer, kind, size, warm, name):
    """One kind of work on a new drive."""
    peer.start()
    places = [f"{peer.mount_point}/{place}" for place in (("warm", "work") if warm else ("work",))]
    for place in places:
        os.mkdir(place)
        if kind.prepare:
            kind.prepare(place, size)
    if kind.prepare:
        # What has prepared leaves neither code nor caches in the daemon.
        peer.end()
        peer.mount()
    if warm:
        if kind.cold:
            bench.drop_caches()
        kind.work(places[0], size)
    # What others have left to write is no work of this kind.
    os.sync()
    if kind.cold:
        bench.drop_caches()
    event = peer.start_samples()
    before = peer.cpu_seconds()
    seconds = kind.work(places[-1], size)
    cpu = peer.cpu_seconds() - before
    allocations = event == "alloc"
    peer.stop_samples(name, ",total" if allocations else "")
    memory = peer.memory_bytes()
    peer.end()
    with open(f"{peer.directory}/{name}.collapsed", encoding="utf-8", errors="replace") as lines:
        sums = sum_up(read_stacks(lines), allocations)
    if sums.total == 0:
        raise peers.Trouble(f"{name}: there is no sample; choose a larger --size or more --files")
    return Cost(seconds, cpu, memory, event, sums)


def run(setting, kind, warm, events, what):
    name = f"{kind.name}-{'warm' if warm else 'fresh'}-{what}"
    print(f"profile: {name}", file=sys.stderr, flush=True)
    peer = Profiled(setting.launcher, f"{setting.scratch}/{name}", setting.image, setting.outputs, events)
    try:
        cost = measure(peer, kind, setting.size, warm, name)
    except (OSError, subprocess.SubprocessError, work.Wrong, peers.Trouble) as trouble:
        words = peer.words().splitlines()[-3:] if peer.log else []
        raise peers.Trouble(f"{name}: {trouble}; the daemon said last: {' / '.join(words)}") from trouble
    finally:
        with nothing_interrupts():
            peer.clean_up()
    for ending in ("collapsed", "html"):
        shutil.move(f"{setting.outputs}/{name}.{ending}", f"{setting.out}/{name}.{ending}")
        # The daemon makes its files for its user only.
        os.chmod(f"{setting.out}/{name}.{ending}", 0o644)
    return cost


@dataclasses.dataclass(frozen=True)
class Setting:
    launcher: str
    scratch: str
    outputs: str
    out: str
    size: work.Size
    image: int


# Tables. A state is "fresh" or "warm"; costs are {state: (Cost of CPU time, Cost of allocations)}.


def share(part, whole):
    return f"{100 * part / whole:.1f}" if whole else "-"


def stage_table(kind, size, costs):
    amount = kind.amount(size)
    head, table = [f"stage; µs and bytes per {kind.unit}"], []
    for state in costs:
        head += [f"{state}: CPU %", "kernel %", "CPU µs", "bytes"]
    names = [stage for stage, _ in STAGES] + [OTHER]
    last = list(costs.values())[-1][0].sums
    for stage in sorted(names, key=lambda name: -last.stages[name]) + ["all"]:
        cells = [stage]
        for cpu, alloc in costs.values():
            every = stage == "all"
            part = cpu.sums.total if every else cpu.sums.stages[stage]
            inside = sum(cpu.sums.kernel.values()) if every else cpu.sums.kernel[stage]
            allocated = alloc.sums.total if every else alloc.sums.stages[stage]
            cells += [
                share(part, cpu.sums.total),
                share(inside, cpu.sums.total) if cpu.event != "ctimer" else "-",
                report.number(cpu.cpu * 1e6 * part / cpu.sums.total / amount),
                f"{allocated / amount:.0f}",
            ]
        if any(cell not in ("0.0", "0.00", "0", "-") for cell in cells[1:]):
            table.append(cells)
    return head, table


def leaf_table(title, costs, which, value):
    """The most expensive leaves of the last state, beside the others."""
    last = list(costs.values())[-1][which].sums
    head = [title] + list(costs) + ["mostly in"]
    table = []
    for leaf, _ in last.leaves.most_common(LEAVES):
        table.append(
            [leaf] + [value(cost[which], cost[which].sums.leaves[leaf]) for cost in costs.values()]
            + [last.stage_of_leaf(leaf)]
        )
    return head, table


def covered(cpu):
    """The share of the CPU time that its samples stand for."""
    return f"{100 * cpu.sums.total * CPU_MICROSECONDS / 1e6 / cpu.cpu:.0f} %" if cpu.cpu else "-"


def facts(kind, size, costs):
    """A line for each state: what the figures stand on."""
    for state, (cpu, alloc) in costs.items():
        yield (
            f"{state}: {kind.amount(size):.0f} x {kind.unit} in {cpu.seconds:.2f} s, {cpu.cpu:.2f} s of CPU,"
            f" {cpu.sums.total} samples ({cpu.event}), which are {covered(cpu)} of that;"
            f" {alloc.sums.total / work.MIB:.1f} MiB allocated in Java's heap;"
            f" resident memory at most {cpu.memory / work.MIB:.0f} MiB"
        )


def tables(kind, size, costs):
    amount = kind.amount(size)
    return (
        stage_table(kind, size, costs),
        leaf_table("function, CPU %", costs, 0, lambda cost, part: share(part, cost.sums.total)),
        leaf_table(f"object in method, bytes per {kind.unit}", costs, 1, lambda _, part: f"{part / amount:.0f}"),
    )


def text(kind, size, costs):
    lines = [f"== {kind.name}: {kind.title}", *facts(kind, size, costs)]
    for head, table in tables(kind, size, costs):
        lines += ["", *report.aligned(head, table)]
    return "\n".join(lines + [""])


def markdown(size, found, machine):
    lines = [
        "# Where time and memory go",
        "",
        f"{size.large // work.MIB} MiB in the large file, {size.files} small files. `fresh`: the work is the first of its"
        " daemon; `warm`: the daemon has done the same on other files before.",
        "",
        *[f"- {name}: {value}" for name, value in machine.items()],
        "",
        "A sample belongs to the stage of its innermost frame that has one (`STAGES` in"
        " `mount-scripts/bench-files/profile.py`). `CPU µs` is the daemon's CPU time, as the kernel counts it, split by"
        " the shares of the samples; `kernel %` is the part of `CPU %` that lies in the kernel. Samples stand for less"
        " than all CPU time: a system call has one at most, and a host may give the processor to others. `bytes` are"
        " allocated in Java's heap, measured in a run of its own; memory of RocksDB and of direct buffers is not among them.",
    ]
    for kind, costs in found:
        lines += ["", f"## {kind.name}: {kind.title}", "", *[f"- {fact}" for fact in facts(kind, size, costs)]]
        for head, table in tables(kind, size, costs):
            escaped = [[cell.replace("|", "\\|").replace("<", "&lt;") for cell in row] for row in table]
            lines += ["", *report.piped(head, escaped)]
        links = [f"[{state} {what}]({kind.name}-{state}-{what}.html)" for state in costs for what in ("cpu", "alloc")]
        lines += ["", f"Flame graphs: {', '.join(links)}."]
    return "\n".join(lines + [""])


def main():
    launcher, directory, out, library, bytes_, files, warm, names = sys.argv[1:]
    bench.refuse_unknown("kind of work", names, KINDS)
    wanted = [name for name in names.split(",") if name]
    kinds = [kind for kind in KINDS if not wanted or kind.name in wanted]
    states = {"yes": (True,), "no": (False,), "both": (False, True)}[warm]
    for number in SIGNALS[1:]:
        signal.signal(number, lambda ended, _: sys.exit(128 + ended))
    try:
        os.makedirs(out)
    except OSError as refused:
        raise peers.Trouble(f"--out: {refused}") from refused
    found = []
    try:
        with (
            tempfile.TemporaryDirectory(prefix="zonefs-j-profile.", dir=directory) as scratch,
            tempfile.TemporaryDirectory(prefix="zonefs-j-profile.", dir="/tmp") as outputs,
        ):
            os.symlink(library, f"{outputs}/library.so")
            size = work.Size(int(bytes_), int(files), "")
            # Room for two large files, the small ones twice, and the structures of the filesystem.
            image = 5 * size.large + 2 * size.files * 16384 + (2 << 30)
            setting = Setting(launcher, scratch, outputs, out, size, image)
            for kind in kinds:
                costs = {}
                for state in states:
                    costs["warm" if state else "fresh"] = (
                        run(setting, kind, state, CPU_EVENTS, "cpu"),
                        run(setting, kind, state, ALLOC_EVENTS, "alloc"),
                    )
                found.append((kind, costs))
                print(text(kind, size, costs), flush=True)
                with open(f"{out}/PROFILE.md", "w", encoding="utf-8") as file:
                    file.write(markdown(size, found, bench.machine(directory)))
                if any(cpu.event == "ctimer" for cpu, _ in costs.values()):
                    print(
                        "profile: the kernel allows no perf events here (kernel.perf_event_paranoid, or the container):"
                        " a timer sampled at its ticks only, and what lies in the kernel is not told apart",
                        file=sys.stderr,
                    )
    finally:
        if not os.listdir(out):
            os.rmdir(out)
    print(f"written: PROFILE.md, stacks and flame graphs in {out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except peers.Trouble as trouble:
        sys.exit(f"profile: {trouble}")
    except KeyboardInterrupt:
        sys.exit(130)
