#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Serves the page of zonefs-j with the data of a simulated mount, to look at the page without one.

    mock.py --zones 20000 --port 9801 [--offline 3] [--read-only] [--quiet] [--young]

Besides the four JSON endpoints it has one of its own, for tests of the page:
    /mock/dead?seconds=10   from now on no request is answered for so long; with &path=/x.json, none of that
"""
import argparse
import base64
import json
import math
import os
import random
import secrets
import threading
import time
import urllib.parse
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROLES = ["free", "superblock", "journal", "checkpoint", "hot", "cold", "gc", "read-only", "offline",
         "conventional"]
CONDITIONS = ["not-write-pointer", "empty", "implicit-open", "explicit-open", "closed", "full",
              "read-only", "offline"]
KINDS = {"read": 90e3, "write": 140e3, "lookup": 9e3, "getattr": 4e3, "open": 12e3, "create": 30e3,
         "unlink": 35e3, "rename": 40e3, "readdir": 60e3, "fsync": 6e6, "fallocate": 25e3}
ODD_NAMES = [
    "/data/<script>alert(1)</script>.html",
    "/data/\u202egpj.elif\u202c \u05e9\u05dc\u05d5\u05dd/\u0645\u0644\u0641.txt",
    "/data/" + "a-very-long-directory-name/" * 12 + "x" * 255,
    "/data/two\nlines\tand a tab\x1b[31m",
    "/data/\u5199\u771f/\U0001f4f7 2024.jpg",
    "/data/<img src=x onerror=alert(2)>&amp;",
]


def clock_text(seconds):
    text = datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


class Mount:
    """A log-structured store in numbers: writers fill zones, overwrites make data dead, a collector
    empties the zone with the fewest live bytes."""

    def __init__(self, arguments):
        self.lock = threading.Lock()
        self.random = random.Random(arguments.zones)
        self.zones = n = arguments.zones
        self.read_only = arguments.read_only
        self.quiet = arguments.quiet
        self.zone_size = 256 << 20 if n > 500 else 64 << 20
        self.capacity = self.zone_size * 15 // 16
        self.started = time.time() - (20 if arguments.young else 5 * 86400 + 7200)
        self.fill = [0.0] * n
        self.live = [0.0] * n
        self.written = [0.0] * n
        self.role = [0] * n
        self.condition = [1] * n
        self.lay_out(arguments.offline)
        self.app = self.drive = self.read = 0.0
        self.by_stream = {name: 0.0 for name in ROLES[1:7]}
        self.count = {kind: 0 for kind in KINDS}
        self.nanos = {kind: 0 for kind in KINDS}
        self.device = {kind: [0, 0] for kind in ("read", "append", "flush", "reset")}
        self.commits = [0, 0]
        self.victims = []
        self.resets = 0
        self.copied = 0.0
        self.gc_state = "idle"
        self.writing = {}
        self.history = []
        self.load = 1.0
        self.simulated = time.time()
        if not arguments.young:
            for past in range(360, 0, -1):
                self.step(10.0, self.simulated - 10 * (past - 1))
                self.history.append(self.sample(self.simulated - 10 * (past - 1)))
        self.dead_until = 0.0
        self.dead_path = None

    def lay_out(self, offline):
        now = time.time()
        n = self.zones
        for zone in range(n):
            if zone < 2:
                self.put(zone, 1, 2, 0.2, 0.1, now)
            elif zone < 2 + max(2, n // 400):
                self.put(zone, 2, 5, 1, 0, now - self.random.random() * 900)
            elif zone < 2 + max(2, n // 400) + max(1, n // 250):
                self.put(zone, 3, 5, 1, self.random.random(), now - 900)
            elif self.random.random() < 0.85 * (1 - 0.5 * zone / n) + 0.1:
                role = self.random.choice((4, 5, 5, 5, 6))
                live = self.random.random() ** (1.5 if role == 4 else 0.35 if role == 5 else 0.6)
                age = (3600 if role == 4 else 40 * 86400) * self.random.random() ** 2
                self.put(zone, role, 5, 1, live, now - 60 - age)
        for zone in self.random.sample(range(8, n), min(offline, n - 8)):
            dying = self.random.random() < 0.4
            self.put(zone, 7 if dying else 8, 6 if dying else 7, 1, 0.3 if dying else 0, now - 9e4)

    def put(self, zone, role, condition, fill, live, written):
        self.role[zone], self.condition[zone] = role, condition
        self.fill[zone], self.live[zone], self.written[zone] = fill, live, written

    def append(self, role, share, now):
        """Appends so much of a zone to a stream; closes and opens zones as they fill."""
        while share > 1e-9:
            zone = self.writing.get(role)
            if zone is None:
                free = [z for z in range(self.zones) if self.role[z] == 0][:64]
                if not free:
                    return
                zone = self.writing[role] = self.random.choice(free)
                self.put(zone, role, 2, 0, 0, now)
            part = min(share, 1 - self.fill[zone])
            self.fill[zone] += part
            self.live[zone] += part * (0.02 if role == 2 else 1)
            self.written[zone] = now
            share -= part
            if self.fill[zone] >= 0.9999:
                self.condition[zone] = 5
                del self.writing[role]

    def step(self, seconds, now):
        """Simulates some seconds of load."""
        if self.quiet or self.read_only:
            return
        self.load = min(1.6, max(0.15, self.load + self.random.gauss(0, 0.08)))
        swing = self.load * (1 + 0.3 * math.sin(now / 300))
        app = 180e6 * swing * seconds
        shares = {4: 0.35 * app / self.capacity, 5: 0.65 * app / self.capacity}
        for role, share in shares.items():
            self.append(role, share, now)
            self.by_stream[ROLES[role]] += share * self.capacity
        self.append(2, 0.02 * app / self.capacity, now)
        self.by_stream["journal"] += 0.02 * app
        dead = app / self.capacity
        data = [z for z in range(self.zones) if 4 <= self.role[z] <= 6 and self.live[z] > 0]
        for zone in self.random.sample(data, min(len(data), 12)):
            part = min(self.live[zone], dead / 8 * (2 if self.role[zone] == 4 else 0.7))
            self.live[zone] -= part
        moved = self.collect(data, dead, now)
        self.app += app
        self.drive += app * 1.02 + moved * self.capacity
        self.by_stream["gc"] += moved * self.capacity
        self.copied += moved * self.capacity
        self.read += 90e6 * seconds * (1 + 0.5 * math.sin(now / 90)) * swing
        self.requests(seconds * swing, app)

    def collect(self, data, dead, now):
        free = self.role.count(0)
        self.gc_state = "idle"
        if free > self.zones * 0.18 and free > 6:
            return 0.0
        self.gc_state = "urgent" if free < self.zones * 0.04 else "working"
        moved = 0.0
        for zone in sorted(data, key=lambda z: self.live[z])[:max(1, round(2 * dead))]:
            if zone in self.writing.values():
                continue
            live = self.live[zone]
            age = int(now - self.written[zone])
            self.victims.append({
                "zone": zone,
                "reason": "%d%% live, written %d s ago, update rate %.2f, by cost-benefit"
                          % (round(100 * live), age, self.random.random()),
                "live_bytes": int(live * self.capacity), "moved_bytes": int(live * self.capacity),
                "freed_bytes": self.capacity, "has_ended": True})
            self.victims = self.victims[-10:]
            moved += live
            self.put(zone, 0, 1, 0, 0, now)
            self.append(6, live, now)
            self.resets += 1
            self.device["reset"][0] += 1
            self.device["reset"][1] += int(2e6)
        return moved

    def requests(self, amount, app):
        rates = {"read": 900, "write": 1400, "lookup": 300, "getattr": 700, "open": 60, "create": 25,
                 "unlink": 12, "rename": 5, "readdir": 3, "fsync": 8}
        for kind, rate in rates.items():
            count = max(0, round(rate * amount * self.random.uniform(0.8, 1.2)))
            self.count[kind] += count
            self.nanos[kind] += int(count * KINDS[kind] * self.random.uniform(0.7, 1.6))
        for kind, count, each in (("read", 400 * amount, 11e4), ("append", app / 1e6, 9e5),
                                  ("flush", 8 * amount, 3e6)):
            self.device[kind][0] += round(count)
            self.device[kind][1] += int(round(count) * each * self.random.uniform(0.8, 1.3))
        commits = round(8.2 * amount)
        self.commits[0] += commits
        self.commits[1] += int(commits * 5e6)

    def run(self):
        last_sample = 0.0
        while True:
            time.sleep(0.5)
            with self.lock:
                now = time.time()
                self.step(now - self.simulated, now)
                self.simulated = now
                if now - last_sample >= 10:
                    last_sample = now
                    self.history = (self.history + [self.sample(now)])[-360:]

    def sample(self, now):
        live = sum(self.live)
        capacity = self.zones * 0.93
        return {"at_millis": int(now * 1000), "application_bytes": int(self.app),
                "drive_bytes": int(self.drive), "read_bytes": int(self.read),
                "bound": self.bound(), "requests": sum(self.count.values()),
                "request_nanos": sum(self.nanos.values()), "fsyncs": self.count["fsync"],
                "fsync_nanos": self.nanos["fsync"],
                "request_p99": int(9e5 * self.load), "fsync_p99": int(5e7 * self.load),
                "free_bytes": int((capacity - live) * self.capacity),
                "live_bytes": int(live * self.capacity),
                "dirty_bytes": int(2e7 * self.load) + 4096}

    def bound(self):
        utilization = min(0.95, sum(self.live) / (self.zones * 0.93))
        return 1 / (1 - utilization ** 2.2)

    def now_json(self):
        def operation(pair, mean):
            return {"count": pair[0], "nanos": pair[1], "p50": int(mean * 0.7), "p99": int(mean * 9)}
        return {
            "sample": self.sample(time.time()),
            "requests": {kind: operation((self.count[kind], self.nanos[kind]), KINDS[kind])
                         for kind in KINDS},
            "device": {kind: operation(pair, {"read": 11e4, "append": 9e5, "flush": 3e6,
                                              "reset": 2e6}[kind])
                       for kind, pair in self.device.items()},
            "commit": operation(self.commits, 5e6),
            "inodes": 1234567, "unsynced_nanos": int(3.2e9), "active_zones": 9,
            "max_active_zones": 14, "max_open_zones": 14, "drive": "A maker's ZNS drive 4000, HSH721414ALN6M0",
            "process": {"resident_bytes": 400 << 20, "heap_bytes": 150 << 20,
                        "max_heap_bytes": 512 << 20, "cpu_nanos": int(time.time() * 3e8)},
            "fsync": operation((self.count["fsync"], self.nanos["fsync"]), KINDS["fsync"])}

    def zones_json(self):
        now = time.time()

        def share(values):
            return packed(min(255, math.ceil(255 * max(0.0, value))) for value in values)

        def packed(numbers):
            return base64.b64encode(bytes(numbers)).decode()
        return {
            "now_millis": int(now * 1000), "zone_count": self.zones, "zone_size": self.zone_size,
            "zone_capacity": self.capacity, "roles": ROLES, "conditions": CONDITIONS,
            "fill": share(self.fill), "live": share(self.live),
            "age": packed(255 if at == 0 else min(255, round(8 * math.log2(1 + max(0, now - at))))
                          for at in self.written),
            "role": packed(self.role), "condition": packed(self.condition)}

    def status_json(self):
        now = time.time()
        live = sum(self.live) * self.capacity
        capacity = int(self.zones * 0.93 * self.capacity)
        reserved = int(3e7 * self.load)
        roles = {name: self.role.count(i) for i, name in enumerate(ROLES) if i in self.role}
        classes = [[0, 0.0] for _ in range(10)]
        for zone in range(self.zones):
            if 4 <= self.role[zone] <= 6:
                one = classes[min(9, int(self.live[zone] * 10))]
                one[0] += 1
                one[1] += now - self.written[zone]
        amplification = self.drive / self.app if self.app else 0
        errors = ["7 before these are in the log only",
                  clock_text(now - 7200) + " zone 17 cannot be reset: Input/output error (3 times)"]
        errors += [clock_text(now - 3000 + 60 * i) + " " + name
                   + ": checksum mismatch in zone %d at byte %d of the drive" % (40 + i, 1 << 33)
                   for i, name in enumerate(ODD_NAMES)]
        lost = [clock_text(now - 86400 + 1000 * i) + " " + name
                + " offset %d+4096: data cannot be read in zone 99" % (4096 * i)
                for i, name in enumerate(ODD_NAMES[:3])]
        return {
            "now_millis": int(now * 1000), "version": "1.4.0-mock",
            "source": "mirror(/dev/sda,/dev/nvme1n1)", "mount_point": "/mnt/archive",
            "mounted_at": clock_text(self.started), "pid": 4711,
            "log_file": "/var/log/zonefs-j/archive.log",
            "options": {"gc_policy": "auto", "commit": "5", "dirty": "268435456", "noatime": "",
                        "meta": "/var/lib/zonefs-j/7f3c", "metrics": "127.0.0.1:9800"},
            "drive": [{"depth": 0, "name": "mirror", "size": "3.7 TiB", "state": "degraded"},
                      {"depth": 1, "name": "/dev/sda", "size": "3.7 TiB", "state": "current"},
                      {"depth": 1, "name": "/dev/nvme1n1", "size": "3.7 TiB",
                       "state": "failed: Input/output error"}],
            "uuid": "7f3c2a1e-5a4b-4c7d-9b11-0c6d2c1f8a55", "label": "archive <b>&",
            "read_only": self.read_only,
            "read_only_reason": "a flush failed: Input/output error" if self.read_only else "",
            "capacity_bytes": capacity, "live_bytes": int(live),
            "free_bytes": max(0, int(capacity - live - reserved)),
            "reclaimable_bytes": int((sum(self.fill) - sum(self.live)) * self.capacity),
            "reserved_bytes": reserved, "uptime_millis": int((now - self.started) * 1000),
            "host_bytes_written": int(self.app), "device_bytes_written": int(self.drive),
            "write_amplification": amplification,
            "device_bytes_by_stream": {k: int(v) for k, v in self.by_stream.items()},
            "recent": {"millis": 60000, "host_bytes_written": int(1e10),
                       "device_bytes_written": int(1.4e10), "write_amplification": 1.4},
            "zones_by_role": roles, "commits": self.commits[0], "journal_bytes": int(4e7),
            "checkpoints": 12, "gc_state": self.gc_state, "gc_bytes_copied": int(self.copied),
            "gc_zones_reset": self.resets, "utilization": live / capacity,
            "write_amplification_bound": self.bound() * 1.2, "hot_data": 0.2, "hot_writes": 0.7,
            "write_amplification_bound_with_skew": self.bound(),
            "zones_by_live_share": [{"zones": z, "mean_age_seconds": int(a / z) if z else 0}
                                    for z, a in classes],
            "gc_victims": self.victims,
            "scrub": "41 %% since %s: 1.21 TiB verified, 2 damaged, 2 repaired from another copy"
                     % clock_text(now - 5000),
            "repairs": {"wrong_reads": 2, "moved_extents": 2, "waiting_places": 1},
            "caches": {"metadata": "98.2% of 182331 hits, 40112 entries",
                       "dirty data": "%d bytes" % (2e7 * self.load),
                       "pending changes": "73012 bytes of 67108864, at most 1201220"},
            "errors": [] if self.quiet else errors, "lost_ranges": 0 if self.quiet else len(lost),
            "lost_data": [] if self.quiet else lost}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    mount = None
    page = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..",
                        "fs/monitor/src/main/resources/zonefsj/fs/monitor/page.html")

    def do_GET(self):
        mount = self.mount
        url = urllib.parse.urlsplit(self.path)
        if url.path == "/mock/dead":
            query = urllib.parse.parse_qs(url.query)
            mount.dead_until = time.time() + float(query.get("seconds", ["10"])[0])
            mount.dead_path = query.get("path", [None])[0]
            self.answer("text/plain", b"dead from now on\n")
            return
        if time.time() < mount.dead_until and mount.dead_path in (None, url.path):
            time.sleep(max(0.0, mount.dead_until - time.time()))
            self.close_connection = True
            return
        if url.path == "/":
            nonce = secrets.token_urlsafe(16)
            with open(self.page, encoding="utf-8") as file:
                text = file.read().replace("{{NONCE}}", nonce)
            self.answer("text/html; charset=utf-8", text.encode(), nonce)
            return
        made = {"/status.json": mount.status_json, "/zones.json": mount.zones_json,
                "/now.json": mount.now_json,
                "/history.json": lambda: {"interval_millis": 10000, "samples": mount.history},
                }.get(url.path)
        if made is None:
            self.send_error(404)
            return
        with mount.lock:
            answer = made()
        self.answer("application/json", json.dumps(answer).encode())

    def answer(self, kind, body, nonce=""):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if nonce:
            self.send_header("Content-Security-Policy",
                             "default-src 'none'; style-src 'nonce-%s'; script-src 'nonce-%s'; "
                             "connect-src 'self'; img-src data:; base-uri 'none'; "
                             "form-action 'none'; frame-ancestors 'none'" % (nonce, nonce))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """A request each second is not worth a line."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--zones", type=int, default=1000)
    parser.add_argument("--port", type=int, default=9801, help="on 127.0.0.1; 0: any free one")
    parser.add_argument("--offline", type=int, default=3, help="zones that failed")
    parser.add_argument("--read-only", action="store_true")
    parser.add_argument("--quiet", action="store_true", help="no load and no errors")
    parser.add_argument("--young", action="store_true", help="mounted a moment ago: no history")
    arguments = parser.parse_args()
    Handler.mount = Mount(arguments)
    threading.Thread(target=Handler.mount.run, daemon=True).start()
    server = ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler)
    server.daemon_threads = True
    print("http://127.0.0.1:%d/" % server.server_address[1], flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
