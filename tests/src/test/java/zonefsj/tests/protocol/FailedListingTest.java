// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import zonefsj.fs.DirectorySink;
import zonefsj.fs.Errno;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.protocol.Opcode;
import zonefsj.tests.fixture.InterceptedFileSystem;
import zonefsj.tests.model.ReferenceFileSystem;

/** A listing that fails half-way tells the kernel of no inode, so none may be kept for it. */
final class FailedListingTest {
  @Test
  void whatIsNotToldIsNotKept() {
    List<Long> kept = new ArrayList<>();
    ZoneFileSystem failing =
        InterceptedFileSystem.of(
            new ReferenceFileSystem(),
            call -> {
              if (call.is("retain")) {
                kept.add(call.number(0));
              } else if (call.is("forget")) {
                assertThat(call.number(1)).isEqualTo(1L);
                kept.remove(call.argument(0));
              } else if (call.is("readDirectory")) {
                int[] taken = {0};
                DirectorySink sink = (DirectorySink) call.argument(2);
                DirectorySink breaking =
                    (name, inode, mode, nextCookie) -> {
                      taken[0]++;
                      return sink.accept(name, inode, mode, nextCookie);
                    };
                call.arguments()[2] = breaking;
                call.goOn();
                assertThat(taken[0]).isEqualTo(5);
                throw new IOException("the index is gone");
              }
              return call.goOn();
            });
    Requester requester = new Requester(failing);
    for (int index = 0; index < 3; index++) {
      byte[] body = new Body().u32(0755, 0).name("d" + index).build();
      assertThat(requester.send(Opcode.MKDIR, 1, body).error()).isZero();
    }
    kept.clear();
    long handle = requester.send(Opcode.OPENDIR, 1, new byte[8]).body().getLong();
    byte[] body = new Body().u64(handle, 0).u32(4096, 0).u64(0, 0).build();
    assertThat(requester.send(Opcode.READDIRPLUS, 1, body).error()).isEqualTo(Errno.EIO.number());
    assertThat(kept).isEmpty();
  }
}
