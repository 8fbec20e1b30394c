# SPDX-License-Identifier: Apache-2.0
"""What `bench` has found, as text, Markdown, JSON and SVG."""
import html
import json
import math
import statistics

OURS = "zonefs-j"


class Results:
    """All measurements. A value is a time in seconds unless its name says otherwise."""

    def __init__(self, peers, phases, size, machine, arguments):
        self.peers = peers
        self.phases = phases
        self.size = size
        self.machine = machine
        self.arguments = arguments
        self.seconds = {}
        self.cpu = {}
        self.memory = {}

    def add(self, peer, phase, seconds, cpu):
        self.seconds.setdefault((peer, phase), []).append(seconds)
        self.cpu.setdefault((peer, phase), []).append(cpu)

    def add_memory(self, peer, count):
        self.memory.setdefault(peer, []).append(count)

    def median(self, peer, phase):
        values = self.seconds.get((peer, phase))
        return statistics.median(values) if values else None

    def ratio(self, peer, phase):
        """Time of a peer divided by ours: above 1 ours is faster."""
        ours, theirs = self.median(OURS, phase), self.median(peer, phase)
        return theirs / ours if ours and theirs else None

    def others(self):
        return [peer for peer in self.peers if peer.name != OURS]


def rate(results, peer, phase):
    median = results.median(peer, phase.name)
    return phase.amount(results.size) / median if median else None


def number(value):
    if value is None:
        return "-"
    if value >= 100:
        return f"{value:.0f}"
    if 0 < value < 0.1:
        # A ratio of 0.00 would not tell a hundredth from nothing.
        return f"{value:.1g}" if value < 0.01 else f"{value:.3f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(values):
    """Least and largest, as a share of the median."""
    if not values:
        return "-"
    middle = statistics.median(values)
    return f"{min(values) / middle:.2f}-{max(values) / middle:.2f}"


def rows(results):
    """Titles, and a row of cells for each phase."""
    head = ["", "per s"] + [peer.name for peer in results.peers]
    head += [f"/{peer.name}" for peer in results.others()] + ["spread", "CPU s"]
    table = []
    for phase in results.phases:
        if all(results.median(peer.name, phase.name) is None for peer in results.peers):
            continue
        cells = [phase.title, phase.unit]
        cells += [number(rate(results, peer.name, phase)) for peer in results.peers]
        cells += [number(results.ratio(peer.name, phase.name)) for peer in results.others()]
        cells.append(spread(results.seconds.get((OURS, phase.name))))
        processor = results.cpu.get((OURS, phase.name))
        cells.append(number(statistics.median(processor) if processor else None))
        table.append(cells)
    memory = ["resident memory at most", "MiB"]
    for peer in results.peers:
        values = results.memory.get(peer.name)
        memory.append(number(max(values) / (1 << 20)) if values and peer.served else "-")
    table.append(memory + ["-"] * (len(head) - len(memory)))
    return head, table


def aligned(head, table):
    """The lines of a table for a terminal."""
    widths = [max(len(row[at]) for row in [head] + table) for at in range(len(head))]
    lines = []
    for row in [head] + table:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        lines.append("  ".join(cells).rstrip())
    return lines


def piped(head, table):
    """The lines of a table in Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    return lines + ["| " + " | ".join(row) + " |" for row in table]


def text(results):
    return "\n".join(aligned(*rows(results)))


def markdown(results):
    lines = piped(*rows(results))
    words = [f"- {name}: {value}" for name, value in results.machine.items()]
    return "\n".join(
        [
            "# Benchmarks",
            "",
            f"The last run of `{' '.join(['mount-scripts/bench', *results.arguments])}`.",
            "",
            *words,
            "",
            "Rates are medians of the rounds; `/PEER` is the time of the peer divided by that of zonefs-j: above 1",
            "zonefs-j is faster. `spread` is the least and the largest time of zonefs-j, as a share of the median, and",
            "`CPU s` the processor time of its daemon. Before what is called cold, the caches of the kernel are dropped; what",
            "a daemon keeps stays.",
            "",
            *lines,
            "",
        ]
    )


def to_json(results):
    phases = []
    for phase in results.phases:
        phases.append(
            {
                "name": phase.name,
                "title": phase.title,
                "unit": phase.unit,
                "amount": phase.amount(results.size),
                "seconds": {p.name: results.seconds.get((p.name, phase.name), []) for p in results.peers},
                "cpu_seconds": {p.name: results.cpu.get((p.name, phase.name), []) for p in results.peers},
            }
        )
    memory = {peer.name: results.memory.get(peer.name, []) for peer in results.peers}
    return json.dumps(
        {
            "machine": results.machine,
            "arguments": results.arguments,
            "phases": phases,
            "resident_bytes_at_most": memory,
        },
        indent=2,
    )


COLOURS = ("#1b6ca8", "#c8553d", "#588157", "#7d5ba6", "#b08900")


def svg(results):
    """A bar for each ratio, on a logarithmic scale around 1."""
    others = results.others()
    phases = [p for p in results.phases if results.median(OURS, p.name) is not None]
    bar, gap, left, width, top = 9, 8, 230, 560, 44
    group = bar * len(others) + gap
    height = top + group * len(phases) + 30
    least, most = 1 / 32, 32

    def x(ratio):
        bounded = min(most, max(least, ratio))
        return left + width * (math.log(bounded / least) / math.log(most / least))

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 60}" height="{height}" '
        'font-family="sans-serif" font-size="12" role="img">',
        "<title>Time of other filesystems divided by that of zonefs-j</title>",
        f'<rect width="100%" height="{height}" fill="#ffffff"/>',
    ]
    for at, peer in enumerate(others):
        place = left + at * 140
        parts.append(f'<rect x="{place}" y="8" width="12" height="12" fill="{COLOURS[at]}"/>')
        parts.append(f'<text x="{place + 16}" y="18">{html.escape(peer.title)}</text>')
    for mark in (1 / 16, 1 / 4, 1, 4, 16):
        colour = "#333333" if mark == 1 else "#cccccc"
        parts.append(
            f'<line x1="{x(mark):.1f}" x2="{x(mark):.1f}" y1="{top - 12}" y2="{height - 20}" stroke="{colour}"/>'
        )
        label = f"1/{round(1 / mark)}" if mark < 1 else f"{mark}"
        parts.append(f'<text x="{x(mark):.1f}" y="{height - 6}" text-anchor="middle">{label}</text>')
    for row, phase in enumerate(phases):
        y = top + row * group
        parts.append(
            f'<text x="{left - 8}" y="{y + bar * len(others) / 2 + 4:.1f}" text-anchor="end">'
            f"{html.escape(phase.title)}</text>"
        )
        for at, peer in enumerate(others):
            ratio = results.ratio(peer.name, phase.name)
            if ratio is None:
                continue
            begin, end = sorted((x(1), x(ratio)))
            parts.append(
                f'<rect x="{begin:.1f}" y="{y + at * bar}" width="{max(1, end - begin):.1f}" height="{bar - 1}" '
                f'fill="{COLOURS[at]}"><title>{html.escape(peer.title)}: {number(ratio)}</title></rect>'
            )
    parts.append("</svg>")
    return "\n".join(parts) + "\n"
