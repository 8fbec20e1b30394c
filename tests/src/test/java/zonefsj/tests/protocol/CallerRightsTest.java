// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.fuse.protocol.Opcode;
import zonefsj.tests.model.ReferenceFileSystem;

/** What the flags of a request say of set-ID bits counts, and not the user in its header. */
final class CallerRightsTest {
  private static final int SIZE = 1 << 3;
  private static final int SIZE_KILL = SIZE | 1 << 11;
  private static final int O_RDWR_TRUNC = 01002;
  private static final int FITRIM = 0xc0185879;

  private final ReferenceFileSystem files = new ReferenceFileSystem();
  private final Requester requester = new Requester(files);
  private final long inode = make();

  private long make() {
    try {
      byte[] name = "f".getBytes(StandardCharsets.UTF_8);
      return files.makeNode(Caller.ROOT, 1, name, 0100777, 0).inode();
    } catch (ErrnoException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private int after(Opcode opcode, Body body) throws ErrnoException {
    files.setAttributes(Caller.ROOT, inode, AttributeChange.ofMode(06777));
    assertThat(requester.send(opcode, inode, body.build()).error()).isZero();
    return files.attributes(inode).mode() & 07777;
  }

  private static Body setAttributes(int valid) {
    return new Body().u32(valid, 0).u64(0, 5).bytes(new byte[64]);
  }

  @Test
  void truncationsKeepOrClearThem() throws ErrnoException {
    assertThat(after(Opcode.SETATTR, setAttributes(SIZE))).isEqualTo(06777);
    assertThat(after(Opcode.SETATTR, setAttributes(SIZE_KILL))).isEqualTo(0777);
    assertThat(after(Opcode.OPEN, new Body().u32(O_RDWR_TRUNC, 0))).isEqualTo(06777);
    assertThat(after(Opcode.OPEN, new Body().u32(O_RDWR_TRUNC, 1))).isEqualTo(0777);
  }

  @Test
  void writesKeepOrClearThem() throws ErrnoException {
    ByteBuffer opened = requester.send(Opcode.OPEN, inode, new Body().u32(2, 0).build()).body();
    long handle = opened.getLong(opened.position());
    for (int flags : new int[] {0, 4, 0}) {
      Body body = new Body().u64(handle, 0).u32(1, flags).u64(0).u32(2, 0).bytes(new byte[1]);
      assertThat(after(Opcode.WRITE, body)).isEqualTo(flags == 0 ? 06777 : 0777);
    }
  }

  /** The kernel sends both before a write; the write itself says whether the bits go. */
  @Test
  void theRemovalOfCapabilitiesKeepsThem() throws ErrnoException {
    byte[] capability = "security.capability".getBytes(StandardCharsets.UTF_8);
    files.setXattr(Caller.ROOT, inode, capability, new byte[20], zonefsj.fs.XattrMode.ANY);
    Body removal = new Body().name("security.capability");
    assertThat(after(Opcode.REMOVEXATTR, removal)).isEqualTo(06777);
    assertThat(after(Opcode.SETATTR, setAttributes(0))).isEqualTo(06777);
    // That of a chown(2) to the same owner.
    assertThat(after(Opcode.SETATTR, setAttributes(0))).isEqualTo(0777);
  }

  @Test
  void unknownControlsAreRefused() {
    byte[] unknown = new Body().u64(0).u32(0, 0x5401).u64(0).u32(0, 64).build();
    assertThat(requester.send(Opcode.IOCTL, inode, unknown).error())
        .isEqualTo(Errno.ENOTTY.number());
    byte[] trim = new Body().u64(0).u32(0, FITRIM).u64(0).u32(24, 24).u64(0, -1, 0).build();
    ByteBuffer answer = requester.send(Opcode.IOCTL, inode, trim).body();
    assertThat(answer.remaining()).isEqualTo(16 + 24);
    assertThat(answer.getLong(answer.position() + 16 + 8)).isZero();
    byte[] small = new Body().u64(0).u32(0, FITRIM).u64(0).u32(24, 8).u64(0, -1, 0).build();
    assertThat(requester.send(Opcode.IOCTL, inode, small).error()).isEqualTo(Errno.EINVAL.number());
  }
}
