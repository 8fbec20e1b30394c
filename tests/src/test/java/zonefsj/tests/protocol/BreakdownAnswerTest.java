// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import zonefsj.fs.Errno;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.protocol.Opcode;
import zonefsj.tests.fixture.InterceptedFileSystem;
import zonefsj.tests.model.ReferenceFileSystem;

/** A request that breaks down is answered, and the filesystem takes no changes after it. */
final class BreakdownAnswerTest {
  @Test
  void theFileSystemIsToldOfWhatNobodyUnderstands() {
    List<String> told = new ArrayList<>();
    ZoneFileSystem breaking =
        InterceptedFileSystem.of(
            new ReferenceFileSystem(),
            call -> {
              if (call.is("turnReadOnly")) {
                told.add(call.argument(0) + ": " + call.argument(1));
                return null;
              }
              if (call.is("makeDirectory")) {
                throw new OutOfMemoryError("none left");
              }
              return call.goOn();
            });
    Requester requester = new Requester(breaking);
    byte[] missing = new Body().name("missing").build();
    assertThat(requester.send(Opcode.RMDIR, 1, missing).error()).isEqualTo(Errno.ENOENT.number());
    assertThat(told).isEmpty();
    byte[] body = new Body().u32(0755, 0).name("d").build();
    assertThat(requester.send(Opcode.MKDIR, 1, body).error()).isEqualTo(Errno.EIO.number());
    assertThat(told).containsExactly("MKDIR: java.lang.OutOfMemoryError: none left");
  }
}
