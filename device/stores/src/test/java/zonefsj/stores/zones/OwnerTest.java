// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class OwnerTest {
  private static OwnerIdentity me() throws IOException {
    return OwnerIdentity.ofThisProcess(InstantSource.system(), new SplittableRandom(1));
  }

  private static OwnerIdentity of(long process, long beganTicks) throws IOException {
    OwnerIdentity me = me();
    return new OwnerIdentity(me.host(), me.boot(), process, beganTicks, me.clock(), me.random());
  }

  private static OwnerIdentity bootedAs(String boot) throws IOException {
    OwnerIdentity me = me();
    return new OwnerIdentity(me.host(), boot, 1, 1, me.clock(), me.random());
  }

  @Test
  void aProcessThatRunsKeepsTheDrive() throws Exception {
    Process process = new ProcessBuilder("sleep", "60").start();
    try {
      String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
      long beganTicks = Long.parseLong(stat.split(" ", -1)[21]);
      assertThat(me().isGone(of(process.pid(), beganTicks).owner(1))).isFalse();
      assertThat(me().isRunning(of(process.pid(), beganTicks).owner(1))).isTrue();
      // Its number was given to another process.
      assertThat(me().isGone(of(process.pid(), beganTicks - 1).owner(1))).isTrue();
      assertThat(me().isRunning(of(process.pid(), beganTicks - 1).owner(1))).isFalse();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void thisProcessKeepsWhatItHasOpen() throws IOException {
    Owner owner = me().owner(1);
    assertThat(me().isGone(owner)).isTrue();
    OwnerIdentity.remember(owner);
    assertThat(me().isGone(owner)).isFalse();
    OwnerIdentity.forget(owner);
    assertThat(me().isGone(owner)).isTrue();
  }

  @Test
  void aProcessThatHasEndedGivesItUp() throws Exception {
    Process process = new ProcessBuilder("true").start();
    process.waitFor();
    assertThat(me().isGone(of(process.pid(), 1).owner(1))).isTrue();
    assertThat(me().hasEnded(of(process.pid(), 1).owner(1))).isTrue();
  }

  /** Its parent has not asked how it ended. */
  @Test
  void aZombieHasEnded() throws Exception {
    Process parent = new ProcessBuilder("sh", "-c", "sleep 0 & echo $!; exec sleep 60").start();
    try {
      long child = Long.parseLong(parent.inputReader().readLine());
      while (!Files.readString(Path.of("/proc/" + child + "/stat")).contains(") Z ")) {
        Thread.sleep(5);
      }
      assertThat(me().isGone(of(child, 1).owner(1))).isTrue();
    } finally {
      parent.destroyForcibly().waitFor();
    }
  }

  @Test
  void whatRanBeforeTheBootIsGone() throws IOException {
    OwnerIdentity now = bootedAs("machine/boot/pids");
    assertThat(now.isGone(bootedAs("machine/before/pids").owner(1))).isTrue();
    // Unless a copy of this machine is paused.
    assertThat(now.hasEnded(bootedAs("machine/before/pids").owner(1))).isFalse();
  }

  @Test
  void nobodyKnowsOfOtherMachinesAndContainers() throws IOException {
    OwnerIdentity now = bootedAs("machine/boot/pids");
    assertThat(now.isGone(bootedAs("other/before/pids").owner(1))).isFalse();
    assertThat(now.isGone(bootedAs("machine/boot/others").owner(1))).isFalse();
    OwnerIdentity nameless = bootedAs("/boot/pids");
    assertThat(nameless.isGone(bootedAs("/before/pids").owner(1))).isFalse();
  }

  @Test
  void isReadAsItWasWritten() throws IOException {
    Owner owner = me().owner(7);
    assertThat(Owner.decode(owner.encode().order(ByteOrder.LITTLE_ENDIAN))).isEqualTo(owner);
    assertThat(owner.isSame(owner.closing())).isTrue();
    assertThat(owner.closing().closed()).isTrue();
  }
}
