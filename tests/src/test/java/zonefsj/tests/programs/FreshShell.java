// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A shell of root on a machine that has never had zonefs-j: in namespaces of its own for mounts and
 * processes, with empty directories where zonefs-j and its users put something. Nothing that is
 * done in it reaches the host, and everything ends with it. The commands of one shell share their
 * variables. For one thread.
 */
final class FreshShell implements AutoCloseable {
  /** Colours, which Maven sets and takes away even when it has nothing to say. */
  private static final Pattern SHOWN_BY_NO_TERMINAL = Pattern.compile("\u001b\\[[0-9;]*m");

  private static final String END = "\u0001end of the command\n";

  /**
   * Commands come by descriptor 9, so that they themselves have no input. {@code over} covers a
   * directory with an empty one, {@code beside} with one that has links to all that was there.
   */
  private static final String SCRIPT =
      """
      set -eu
      exec 9<&0 </dev/null
      home=$1
      # Of other tests: their unmounts would wait for a copy.
      awk '/ - fuse(\\.[^ ]*)? / { print $5 }' /proc/self/mountinfo | tac | while read -r place; do
        umount -i -l "$(printf '%b' "$place")"
      done
      over() { mount -t tmpfs -o mode="$2" tmpfs "$1"; }
      beside() {
        real=$(readlink -f "$1")
        mkdir -p "$home/real$real"
        mount --bind "$real" "$home/real$real"
        over "$real" 755
        cp -as "$home/real$real/." "$real/"
      }
      beside /sbin
      mkdir "$home/dpkg"
      mount --bind /var/lib/dpkg "$home/dpkg"
      over /var/lib 755
      ln -s "$home/dpkg" /var/lib/dpkg
      over /var/log 755
      over /run 755
      # Not in memory: there lies the drive.
      mkdir -m 1777 "$home/tmp"
      mount --bind "$home/tmp" /var/tmp
      over /mnt 755
      # Files there are named by process numbers, which here are those of other processes outside.
      mkdir -p /tmp/hsperfdata_root
      over /tmp/hsperfdata_root 755
      over /usr/local 755
      mkdir /usr/local/bin
      if [ -n "$2" ]; then
        # What is built already need not be built again.
        printf '#!/bin/sh\\n' >/usr/local/bin/mvn
        chmod 755 /usr/local/bin/mvn
      fi
      export HOME=/root
      cd "$home/checkout"
      set +eu
      while IFS= read -r -u 9 -d '' command; do
        eval "$command" 9<&-
        printf '\\001end of the command\\n'
      done
      """;

  private final Process process;
  private final Path said;
  private int heard;

  /**
   * Begins it in a checkout.
   *
   * @param home what is laid out by the test, with {@code checkout} in it; for nothing else
   * @param isBuilt whether Maven has nothing to do there
   */
  FreshShell(Path home, boolean isBuilt) throws IOException {
    said = Files.createFile(home.resolve("said"));
    ProcessBuilder builder =
        new ProcessBuilder(
            "unshare",
            "--mount",
            "--propagation=private",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "bash",
            "--noprofile",
            "--norc",
            "-c",
            SCRIPT,
            "bash",
            home.toString(),
            isBuilt ? "built" : "");
    builder.environment().clear();
    builder
        .environment()
        .put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.redirectErrorStream(true).redirectOutput(said.toFile());
    process = builder.start();
  }

  /**
   * Runs a command.
   *
   * @return what it has printed, on standard output and standard error
   * @throws AssertionError if it does not end in time
   */
  List<String> run(String command, Duration limit) throws IOException, InterruptedException {
    OutputStream in = process.getOutputStream();
    in.write((command + "\0").getBytes(StandardCharsets.UTF_8));
    in.flush();
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      boolean ended = !process.isAlive();
      byte[] all = Files.readAllBytes(said);
      String fresh = new String(all, heard, all.length - heard, StandardCharsets.UTF_8);
      if (fresh.endsWith(END)) {
        heard = all.length;
        return SHOWN_BY_NO_TERMINAL
            .matcher(fresh.substring(0, fresh.length() - END.length()))
            .replaceAll("")
            .lines()
            .toList();
      }
      if (ended || System.nanoTime() - deadline > 0) {
        throw new AssertionError(
            (ended ? "the shell has ended: " : "no end after " + limit + ": ")
                + command
                + "\n"
                + fresh);
      }
      Thread.sleep(5);
    }
  }

  /** Ends everything in it, at once. */
  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    // Its child, the first process there, takes all others with it.
    process.destroyForcibly();
    try {
      if (!process.waitFor(1, TimeUnit.MINUTES)) {
        throw new IOException("the shell does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
