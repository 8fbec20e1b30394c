// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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

  /** Random numbers of the owners that this process is. */
  private static final Set<Long> OPEN = ConcurrentHashMap.newKeySet();

  private static final Path MACHINE = Path.of("/etc/machine-id");

  /** Of this process. */
  public static OwnerIdentity ofThisProcess(InstantSource clock, RandomGenerator random)
      throws IOException {
    String host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    String machine = Files.exists(MACHINE) ? Files.readString(MACHINE).strip() : "";
    String boot =
        machine
            + "/"
            + Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip()
            + "/"
            + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
    long process = ProcessHandle.current().pid();
    return new OwnerIdentity(host, boot, process, beganTicks(process).orElseThrow(), clock, random);
  }

  /** This process is the owner from now on. */
  static void remember(Owner owner) {
    OPEN.add(owner.nonce());
  }

  /** It is not any more. */
  static void forget(Owner owner) {
    OPEN.remove(owner.nonce());
  }

  /** When a process began; empty if it does not run, also if only its parent remembers it. */
  private static OptionalLong beganTicks(long process) throws IOException {
    Path file = Path.of("/proc/" + process + "/stat");
    String stat;
    try {
      stat = Files.readString(file);
    } catch (IOException e) {
      if (Files.exists(file)) {
        throw e;
      }
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
        epoch, random.nextLong(), clock.millis(), process, beganTicks, false, false, host, boot);
  }

  /**
   * Whether an owner is taken for gone: it has ended, or this machine, of this name, was booted
   * since. The latter is no proof: the owner may be in a copy of this machine that is paused.
   */
  boolean isGone(Owner owner) throws IOException {
    if (owner.boot().equals(boot)) {
      return hasEnded(owner);
    }
    String[] theirs = owner.boot().split("/", -1);
    String[] ours = boot.split("/", -1);
    return owner.host().equals(host)
        && theirs.length == ours.length
        && !ours[0].isEmpty()
        && theirs[0].equals(ours[0])
        && theirs.length > 1
        && !theirs[1].equals(ours[1]);
  }

  /**
   * Whether an owner has ended for sure: its process was of this boot and this namespace of
   * processes, and does not run; or it was this process, which has closed it. A process that began
   * at another time has only got the number of the owner's.
   */
  boolean hasEnded(Owner owner) throws IOException {
    if (!owner.boot().equals(boot)) {
      return false;
    }
    if (owner.process() == process && owner.beganTicks() == beganTicks) {
      return !OPEN.contains(owner.nonce());
    }
    OptionalLong there = beganTicks(owner.process());
    // Whoever does not see the first process does not see those of others, either.
    return there.isPresent()
        ? there.getAsLong() != owner.beganTicks()
        : Files.exists(Path.of("/proc/1/stat"));
  }

  /** Whether an owner is another process of this host that runs, and could close the drive. */
  boolean isRunning(Owner owner) throws IOException {
    if (!owner.boot().equals(boot) || owner.process() == process) {
      return false;
    }
    OptionalLong there = beganTicks(owner.process());
    return there.isPresent() && there.getAsLong() == owner.beganTicks();
  }
}
