// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;

/**
 * A place for one single drive below a stack. The drive stays there when the stack is closed; it
 * can die, return, be replaced, and lose its power. Thread-safe.
 */
abstract class LeafSlot {
  private volatile boolean dead;
  private volatile boolean replaced;
  private volatile boolean givenUp;

  /** Accesses that are left until it dies; negative: it lives. */
  private long untilDeath = -1;

  /** Number of those who have it open. */
  private int users;

  private List<ZoneContent> remembered = List.of();

  /** What a zone has, and a checksum of its bytes. */
  private record ZoneContent(boolean full, long writtenBytes, long checksum) {}

  boolean isDead() {
    return dead;
  }

  synchronized boolean isDoomed() {
    return dead || untilDeath >= 0;
  }

  /** Whether nobody has left it open. */
  synchronized boolean isClosed() {
    return users == 0;
  }

  final synchronized void count(int more) {
    users += more;
  }

  /** Lets the drive die after so many accesses. */
  synchronized void doom(long accesses) {
    untilDeath = accesses;
  }

  /** Puts the drive back, as it was when it died. */
  synchronized void revive() {
    untilDeath = -1;
    dead = false;
  }

  /** Puts a new drive there. */
  synchronized void replace() throws IOException {
    renew();
    revive();
    replaced = true;
  }

  /** Whether a new drive is there that the stack may not have found yet. */
  boolean isReplaced() {
    return replaced;
  }

  /** Notes that the stack was opened again, and has found what is there. */
  void noteOpened() {
    replaced = false;
    givenUp = false;
  }

  /** Lets the user say that the drive which was replaced is dead, if one was. */
  void giveUpReplaced() {
    givenUp = replaced;
  }

  /** Whether the user has said that the drive which was here is dead. */
  boolean isGivenUp() {
    return givenUp;
  }

  /** Puts a new drive in the place of the one that is there. */
  abstract void renew() throws IOException;

  /** Whether it has not lost its power yet. */
  abstract boolean canLosePower();

  /** Keeps what a power loss leaves: a drive that cannot be cut again. */
  abstract void cut(long seed) throws IOException;

  /** What is there, durable; the caller closes it. */
  abstract ZonedDevice look() throws IOException;

  /** Makes what the drive has now durable, and remembers it. */
  synchronized void remember() throws IOException {
    remembered = content();
  }

  /** Whether the drive has what was remembered. */
  synchronized boolean isAsRemembered() throws IOException {
    return content().equals(remembered);
  }

  private List<ZoneContent> content() throws IOException {
    List<ZoneContent> content = new ArrayList<>();
    try (ZonedDevice drive = look()) {
      for (ZoneDescriptor zone : drive.report(0, drive.geometry().zoneCount())) {
        ByteBuffer bytes = ByteBuffer.allocate((int) zone.writtenBytes());
        drive.read(zone.startBytes(), bytes);
        CRC32C checksum = new CRC32C();
        checksum.update(bytes.flip());
        content.add(
            new ZoneContent(
                zone.condition() == ZoneCondition.FULL, zone.writtenBytes(), checksum.getValue()));
      }
    }
    return content;
  }

  /** Opens the drive that is there. */
  abstract ZonedDevice open(DeviceAccess access) throws IOException;

  /** Whether an open for writing claims the drive. */
  boolean isClaimed() {
    return false;
  }

  /** Counts an access. */
  final synchronized void check() throws DeviceException {
    if (untilDeath == 0) {
      dead = true;
    }
    if (untilDeath > 0) {
      untilDeath--;
    }
    if (dead) {
      throw new DeviceException(Reason.MEDIA, -1, "the drive is dead");
    }
  }
}
