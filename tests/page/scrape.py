#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a scrape of the metrics costs: scrape.py URL. The mount should be idle.

Prints the time of a scrape, and the CPU time of the daemon for one a second, without that of the idle daemon.
"""
import sys
import time
import urllib.request

SECONDS = 20


def scrape(url):
    begun = time.monotonic()
    with urllib.request.urlopen(url, timeout=10) as answer:
        text = answer.read().decode()
    return (time.monotonic() - begun) * 1000, text


def cpu_seconds(text):
    return next(float(line.split()[1]) for line in text.splitlines() if line.startswith("process_cpu_seconds_total "))


def main():
    url = sys.argv[1]
    # The classes of a first scrape are loaded, and its methods interpreted.
    for _ in range(50):
        scrape(url)
        time.sleep(0.21)
    _, text = scrape(url)
    before = cpu_seconds(text)
    time.sleep(SECONDS)
    _, text = scrape(url)
    idle = cpu_seconds(text) - before
    times = []
    before = cpu_seconds(text)
    for _ in range(SECONDS):
        time.sleep(1)
        took, text = scrape(url)
        times.append(took)
    busy = cpu_seconds(text) - before
    times.sort()
    print(f"scrape: {len(text)} bytes, median {times[len(times) // 2]:.1f} ms, slowest {times[-1]:.1f} ms; "
          f"CPU at 1 Hz {100 * max(0.0, busy - idle) / SECONDS:.2f} % of a core, idle daemon {100 * idle / SECONDS:.2f} %")


if __name__ == "__main__":
    main()
