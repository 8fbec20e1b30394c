#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a program in a terminal, and draws the last screen that it showed.

    terminal.py --rows 48 --columns 120 --text FILE.txt --html FILE.html -- COMMAND...

Knows the control sequences that `zonefs-j top` sends, and no others. Exits with the code of the program.
"""
import argparse
import fcntl
import html
import os
import pty
import re
import struct
import sys
import termios

SEQUENCE = re.compile(r"\x1b\[(\?\d+)?([A-Za-z])|\r|\n|[^\x1b\r\n]+")


def run(command, rows, columns):
    """Returns what the program wrote, and its exit code."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm"
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    written = b""
    while True:
        try:
            read = os.read(terminal, 1 << 16)
        except OSError:
            break
        if not read:
            break
        written += read
    _, status = os.waitpid(child, 0)
    return written.decode("utf-8", "replace"), os.waitstatus_to_exitcode(status)


def screens(text, rows, columns):
    """The screens, one for each return to the first cell."""
    shown = []
    cells = [[" "] * columns for _ in range(rows)]
    row = column = 0
    for found in SEQUENCE.finditer(text):
        token = found.group(0)
        if token == "\r":
            column = 0
        elif token == "\n":
            row = min(rows - 1, row + 1)
        elif token.startswith("\x1b"):
            mode, letter = found.group(1), found.group(2)
            if letter == "H":
                shown.append(["".join(line).rstrip() for line in cells])
                row = column = 0
            elif letter == "K":
                cells[row][column:] = [" "] * (columns - column)
            elif letter == "J":
                cells[row][column:] = [" "] * (columns - column)
                for below in range(row + 1, rows):
                    cells[below] = [" "] * columns
            elif mode not in ("?25", "?1049"):
                raise SystemExit(f"terminal.py: an unknown control sequence: {token!r}")
        else:
            for character in token:
                if column >= columns:
                    raise SystemExit("terminal.py: a line is longer than the terminal is wide")
                cells[row][column] = character
                column += 1
    shown.append(["".join(line).rstrip() for line in cells])
    return shown[1:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=48)
    parser.add_argument("--columns", type=int, default=120)
    parser.add_argument("--text", required=True)
    parser.add_argument("--html", required=True)
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    written, code = run(options.command, options.rows, options.columns)
    for needed in ("\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h"):
        if needed not in written:
            raise SystemExit(f"terminal.py: the program never sent {needed!r}: {written[-400:]!r}")
    last = screens(written, options.rows, options.columns)[-1]
    with open(options.text, "w", encoding="utf-8") as text:
        text.write("\n".join(last).rstrip() + "\n")
    with open(options.html, "w", encoding="utf-8") as page:
        page.write(
            "<!doctype html><meta charset=utf-8><style>body{margin:0;background:#10141a}"
            "pre{margin:0;padding:16px;color:#d7dde5;font:15px/1.25 'DejaVu Sans Mono',monospace}</style><pre>"
            + html.escape("\n".join(last).rstrip()) + "</pre>\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
