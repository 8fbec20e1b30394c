// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;

/**
 * Who opens drives: this process, on this boot of this host. Immutable.
 *
 * @param host name of the host
 * @param boot what tells this boot, and the numbers of processes in it, from others
 * @param process number of this process
 * @param beganTicks when it began, in clock ticks since the boot
 * @param clock the time
 * @param random random numbers
 */
public record OwnerIdentity(
    String host,
    String boot,
    long process,
    long beganTicks,
    InstantSource clock,
    RandomGenerator random) {
  /** Of the fields after the name of a process: proc(5), "/proc/pid/stat", from the third on. */
  private static final int STATE_FIELD = 0;

  private static final int START_FIELD = 19;

  /** Of this process. */
  public static OwnerIdentity ofThisProcess(InstantSource clock, RandomGenerator random)
      throws IOException {
    String host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    String boot =
        Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip()
            + " "
            + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
    long process = ProcessHandle.current().pid();
    return new OwnerIdentity(host, boot, process, beganTicks(process).orElseThrow(), clock, random);
  }

  /** When a process began; empty if it does not run, also if only its parent remembers it. */
  private static OptionalLong beganTicks(long process) throws IOException {
    String stat;
    try {
      stat = Files.readString(Path.of("/proc/" + process + "/stat"));
    } catch (NoSuchFileException gone) {
      return OptionalLong.empty();
    }
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    String state = fields[STATE_FIELD];
    return state.equals("Z") || state.equals("X")
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(fields[START_FIELD]));
  }

  Owner owner(long epoch) {
    return new Owner(
        epoch, random.nextLong(), clock.millis(), process, beganTicks, false, host, boot);
  }

  /**
   * Whether an owner has ended for sure: its process was of this boot, and does not run. One that
   * began at another time has only got its number.
   */
  boolean isGone(Owner owner) throws IOException {
    if (!owner.boot().equals(boot)) {
      return false;
    }
    OptionalLong there = beganTicks(owner.process());
    return there.isEmpty() || there.getAsLong() != owner.beganTicks();
  }
}
