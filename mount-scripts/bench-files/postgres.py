# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL of Debian whose data are on the filesystem that is measured."""
import contextlib
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

USER = "postgres"
START_SECONDS = 60
END_SECONDS = 120
SETTINGS = ("listen_addresses=", "shared_buffers=32MB", "autovacuum=off", "max_connections=10")


def program(name):
    """The program of the newest version that is installed."""
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda path: int(path.split("/")[4]))
    if not found:
        raise FileNotFoundError(f"{name} of PostgreSQL is not installed")
    return found[-1]


def as_user(*command):
    return ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", *command)


class Server:
    """A server in `root`; listens on a unix socket only."""

    def __init__(self, root):
        self.data = f"{root}/postgres"
        self.sockets = tempfile.mkdtemp(prefix="zonefs-j-bench-socket.")
        self.process = None

    def start(self):
        user = pwd.getpwnam(USER)
        os.chown(self.sockets, user.pw_uid, user.pw_gid)
        os.mkdir(self.data, 0o700)
        os.chown(self.data, user.pw_uid, user.pw_gid)
        self.run(program("initdb"), "--no-sync", "--auth=trust", "-D", self.data)
        options = [word for setting in SETTINGS for word in ("-c", setting)]
        with open(f"{self.sockets}/log", "wb") as log:
            self.process = subprocess.Popen(
                as_user(program("postgres"), "-D", self.data, "-k", self.sockets, *options),
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd="/",
            )
        end = time.monotonic() + START_SECONDS
        while subprocess.run(
            as_user(program("pg_isready"), "-q", "-h", self.sockets), check=False, cwd="/"
        ).returncode:
            if self.process.poll() is not None or time.monotonic() > end:
                with open(f"{self.sockets}/log", encoding="utf-8", errors="replace") as log:
                    raise OSError(f"PostgreSQL did not start: {log.read().strip()}")
            time.sleep(0.05)

    def run(self, *command):
        """Runs a program as the user of the database; returns what it prints."""
        return subprocess.run(
            as_user(*command), check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, cwd="/",
        ).stdout

    def bench(self, *options):
        return self.run(program("pgbench"), "-n", "-h", self.sockets, *options, USER)

    def ask(self, query):
        return self.run(program("psql"), "-h", self.sockets, "-Atc", query, USER).strip()

    def stop(self):
        if self.process is not None:
            # Those that are connected are sent away.
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.sockets, ignore_errors=True)


@contextlib.contextmanager
def server(root):
    """A server that ends with the block, whatever happens in it."""
    one = Server(root)
    try:
        one.start()
        yield one
    finally:
        one.stop()
