# SPDX-License-Identifier: Apache-2.0
"""Types keys into an interactive shell on a terminal of its own, and prints what the line is then.

type_keys.py bash|zsh SCRIPT LINE...: for each LINE, one line with what the completion of its end makes of it, then
the screen, which shows the choices, indented. SCRIPT has the completion.
"""
import os
import pty
import re
import select
import sys
import time

SHELLS = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        "PS1=; bind 'set enable-bracketed-paste off'; bind 'set completion-query-items 0'; bind 'set page-completions off';"
        " bind 'set show-all-if-ambiguous on';"
        " show() { printf '\\n<<%s>>\\n' \"$READLINE_LINE\"; READLINE_LINE=; }; bind -x '\"\\C-t\": show'; source {script}\n",
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        "PS1= PROMPT_EOL_MARK= LISTMAX=100000; unsetopt zle_bracketed_paste 2>/dev/null; unset zle_bracketed_paste; setopt auto_list no_beep;"
        " autoload -U compinit; compinit -u -D; show() { print; print -r -- \"<<$BUFFER>>\"; BUFFER=; };"
        " zle -N show; bindkey '^T' show; source {script}\n",
    ),
}


def read_until(terminal, mark, seconds):
    """Reads until the mark is there."""
    text = b""
    end = time.monotonic() + seconds
    while mark not in text and time.monotonic() < end:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                text += os.read(terminal, 65536)
            except OSError:
                break
    return text.decode("utf-8", "replace")


def main():
    shell, script, lines = sys.argv[1], sys.argv[2], sys.argv[3:]
    command, setup = SHELLS[shell]
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update({"TERM": "dumb", "COLUMNS": "200", "LINES": "1000", "HISTFILE": ""})
        os.execvp(command[0], command)
    import fcntl
    import struct
    import termios
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 1000, 200, 0, 0))
    os.write(terminal, setup.replace("{script}", script).encode())
    os.write(terminal, b"echo READ''Y\n")
    if "READY" not in read_until(terminal, b"READY\r\n", 20):
        sys.exit("the shell does not start")
    for line in lines:
        os.write(terminal, line.encode() + b"\t\x14")
        screen = read_until(terminal, b">>\r\n", 20)
        found = re.findall(r"<<(.*)>>", screen)
        print(found[-1] if found else "nothing")
        shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x07", "", screen[: screen.rfind("<<")])
        for row in shown.replace("\r", "\n").split("\n"):
            if row.strip():
                print("  " + row.rstrip())
    os.close(terminal)
    os.waitpid(child, 0)


main()
