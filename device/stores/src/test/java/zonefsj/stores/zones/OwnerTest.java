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

  @Test
  void aProcessThatRunsKeepsTheDrive() throws IOException {
    assertThat(me().isGone(me().owner(1))).isFalse();
  }

  @Test
  void aProcessThatHasEndedGivesItUp() throws Exception {
    Process process = new ProcessBuilder("true").start();
    process.waitFor();
    OwnerIdentity me = me();
    OwnerIdentity ended =
        new OwnerIdentity(me.host(), me.boot(), process.pid(), 1, me.clock(), me.random());
    assertThat(me.isGone(ended.owner(1))).isTrue();
  }

  /** The number of a process that has ended was given to another one. */
  @Test
  void aProcessThatBeganAtAnotherTimeIsAnotherOne() throws IOException {
    OwnerIdentity me = me();
    OwnerIdentity before =
        new OwnerIdentity(
            me.host(), me.boot(), me.process(), me.beganTicks() - 1, me.clock(), me.random());
    assertThat(me.isGone(before.owner(1))).isTrue();
  }

  /** Its parent has not asked how it ended. */
  @Test
  void aZombieHasEnded() throws Exception {
    Process parent = new ProcessBuilder("sh", "-c", "sleep 0 & echo $!; exec sleep 60").start();
    try {
      OwnerIdentity me = me();
      long child = Long.parseLong(parent.inputReader().readLine());
      OwnerIdentity ended =
          new OwnerIdentity(me.host(), me.boot(), child, 1, me.clock(), me.random());
      while (!Files.readString(Path.of("/proc/" + child + "/stat")).contains(") Z ")) {
        Thread.sleep(5);
      }
      assertThat(me.isGone(ended.owner(1))).isTrue();
    } finally {
      parent.destroyForcibly().waitFor();
    }
  }

  @Test
  void nobodyKnowsOfAnotherBootOrHost() throws IOException {
    OwnerIdentity me = me();
    OwnerIdentity other = new OwnerIdentity(me.host(), "other", 1, 1, me.clock(), me.random());
    assertThat(me.isGone(other.owner(1))).isFalse();
  }

  @Test
  void isReadAsItWasWritten() throws IOException {
    Owner owner = me().owner(7);
    assertThat(Owner.decode(owner.encode().order(ByteOrder.LITTLE_ENDIAN))).isEqualTo(owner);
    assertThat(owner.isSame(owner.closing())).isTrue();
    assertThat(owner.closing().closed()).isTrue();
  }
}
