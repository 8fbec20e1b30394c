# SPDX-License-Identifier: Apache-2.0
"""Called by `bench`, which knows the options: main.py LAUNCHER DIR OUT ROUNDS BYTES FILES PEERS PHASES."""
import os
import platform
import signal
import subprocess
import sys
import tempfile

import peers
import report
import work

MOUNTING = (
    work.Phase("mount", "mount of an empty filesystem", "mounts", work.of(1), None),
    work.Phase("umount", "umount", "umounts", work.of(1), None),
)


def drop_caches():
    os.sync()
    try:
        with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
            file.write("3")
    except OSError as refused:
        raise peers.Trouble(f"the caches of the kernel cannot be dropped: {refused}") from refused


def host():
    """What the figures depend on, whatever is measured."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((l.split(":")[1].strip() for l in file if l.startswith("model name")), "?")
    with open("/proc/meminfo", encoding="utf-8") as file:
        memory = int(file.readline().split()[1]) >> 20
    home = os.environ.get("JAVA_HOME")
    program = f"{home}/bin/java" if home else "java"
    java = subprocess.run(
        (program, "-version"), check=True, stderr=subprocess.PIPE, text=True
    ).stderr.splitlines()[0]
    return {
        "processors": f"{os.cpu_count()} of {model}",
        "memory": f"{memory} GiB",
        "kernel": platform.release(),
        "Java": java,
    }


def machine(directory):
    """What the figures depend on where images are in a directory."""
    disk = subprocess.run(
        ("df", "--output=fstype,source", directory), check=True, stdout=subprocess.PIPE, text=True
    ).stdout.splitlines()[1].split()
    return {**host(), "images on": f"{disk[0]}"}


def refuse_unknown(what, names, known):
    unknown = {name for name in names.split(",") if name} - {one.name for one in known}
    if unknown:
        raise peers.Trouble(
            f"there is no {what} {', '.join(sorted(unknown))}; known are {', '.join(one.name for one in known)}"
        )


def run_round(peer, phases, size, results):
    results.add(peer.name, "mount", peer.start(), 0.0)
    for phase in phases:
        if phase.work is None:
            continue
        if phase.prepare:
            phase.prepare(peer.mount_point, size)
        # What others have left to write is no work of this phase.
        os.sync()
        if phase.cold:
            drop_caches()
        before = peer.cpu_seconds()
        seconds = phase.work(peer.mount_point, size)
        results.add(peer.name, phase.name, seconds, peer.cpu_seconds() - before)
    results.add_memory(peer.name, peer.memory_bytes())
    results.add(peer.name, "umount", peer.end(), 0.0)


def measure(peer, results, failed):
    """A round of a peer. One that fails is put in failed, with the reason, and has no more rounds."""
    if peer.name in failed:
        return
    try:
        run_round(peer, results.phases, results.size, results)
    except (OSError, subprocess.SubprocessError, work.Wrong, peers.Trouble) as trouble:
        # The others go on.
        words = peer.words()
        failed[peer.name] = f"{trouble}; it said: {words}" if words else str(trouble)
        print(f"bench: {peer.name}: {failed[peer.name]}", file=sys.stderr)
    finally:
        peer.clean_up()


def main():
    launcher, directory, out, rounds, size, files, names, wanted = sys.argv[1:9]
    arguments = sys.argv[9:]
    kinds = [kind for kind in peers.ALL if kind.name in names.split(",")]
    refuse_unknown("peer", names, peers.ALL)
    refuse_unknown("kind of work", wanted, work.PHASES)
    for kind in kinds:
        kind.check()
    phases = work.chosen([name for name in wanted.split(",") if name]) + MOUNTING
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda ended, _: sys.exit(128 + ended))
    with tempfile.TemporaryDirectory(prefix="zonefs-j-bench.", dir=directory) as scratch:
        # The user of the database gets to the mounts.
        os.chmod(scratch, 0o711)
        tree = f"{scratch}/source"
        work.make_tree(tree)
        amount = work.Size(int(size), int(files), tree)
        # Room for the large files, the small ones and each peer's own structures.
        image = 2 * amount.large + amount.large // 2 + amount.files * 16384 + (2 << 30)
        results = report.Results(kinds, phases, amount, machine(directory), arguments)
        failed = {}
        for number in range(int(rounds)):
            in_turn = kinds[number % len(kinds) :] + kinds[: number % len(kinds)]
            for kind in in_turn:
                print(f"round {number + 1} of {rounds}: {kind.name}", file=sys.stderr, flush=True)
                measure(kind(launcher, f"{scratch}/{kind.name}", image), results, failed)
    print(report.text(results))
    if out:
        os.makedirs(out, exist_ok=True)
        for name, content in (
            ("BENCHMARKS.md", report.markdown(results)),
            ("benchmarks.json", report.to_json(results) + "\n"),
            ("benchmarks.svg", report.svg(results)),
        ):
            with open(f"{out}/{name}", "w", encoding="utf-8") as file:
                file.write(content)
        print(f"written: BENCHMARKS.md, benchmarks.json, benchmarks.svg in {out}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except peers.Trouble as trouble:
        sys.exit(f"bench: {trouble}")
    except KeyboardInterrupt:
        sys.exit(130)
