// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/**
 * Who opens drives: this process, on this boot of this host. Immutable.
 *
 * @param host name of the host
 * @param boot what tells this boot, and the numbers of processes in it, from others
 * @param process number of this process
 * @param clock the time
 * @param random random numbers
 */
public record OwnerIdentity(
    String host, String boot, long process, InstantSource clock, RandomGenerator random) {

  /** Of this process. */
  public static OwnerIdentity ofThisProcess(InstantSource clock, RandomGenerator random)
      throws IOException {
    String host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    String boot =
        Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip()
            + " "
            + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
    return new OwnerIdentity(host, boot, ProcessHandle.current().pid(), clock, random);
  }

  Owner owner(long epoch) {
    return new Owner(epoch, random.nextLong(), clock.millis(), process, false, host, boot);
  }

  /**
   * Whether an owner has ended for sure: its process was of this boot, and is not there. A process
   * that began later has only got its number.
   */
  boolean isGone(Owner owner) {
    if (!owner.boot().equals(boot)) {
      return false;
    }
    return ProcessHandle.of(owner.process())
        .flatMap(there -> there.info().startInstant())
        .map(start -> start.toEpochMilli() > owner.sinceMillis())
        .orElseGet(() -> ProcessHandle.of(owner.process()).isEmpty());
  }
}
