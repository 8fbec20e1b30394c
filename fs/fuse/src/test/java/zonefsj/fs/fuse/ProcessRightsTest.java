// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import zonefsj.fs.Caller;

/** What a request contains counts; for the rest this process is asked, as it is. */
final class ProcessRightsTest {
  private static final int SELF = (int) ProcessHandle.current().pid();
  private static final int NONE = 0;
  private static final int UNKNOWN = Caller.UNKNOWN;

  private static int number(String attribute) throws Exception {
    return (int) Files.getAttribute(Path.of("/proc/self"), attribute);
  }

  @Test
  void userAndGroupOfTheRequestCount() {
    ProcessRights rights = new ProcessRights(5, 6, SELF);
    assertThat(rights.isUser(5)).isTrue();
    assertThat(rights.isUser(0)).isFalse();
    assertThat(rights.isInGroup(6)).isTrue();
    assertThat(rights.isInGroup(7654321)).isFalse();
    assertThat(rights.keepsSetIds()).isFalse();
    assertThat(rights.isAdministrator()).isFalse();
  }

  @Test
  void whatIsUnknownIsThatOfTheProcess() throws Exception {
    ProcessRights rights = new ProcessRights(UNKNOWN, UNKNOWN, SELF);
    int uid = number("unix:uid");
    assertThat(rights.isUser(uid)).isTrue();
    assertThat(rights.isUser(uid + 1)).isFalse();
    assertThat(rights.isInGroup(number("unix:gid"))).isTrue();
    assertThat(rights.isInGroup(7654321)).isFalse();
    if (uid != 0) {
      assertThat(rights.isAdministrator()).isFalse();
      assertThat(rights.keepsSetIds()).isFalse();
    }
  }

  @Test
  void aProcessThatCannotBeReadHasNoRights() {
    for (int pid : List.of(NONE, -1, Integer.MAX_VALUE)) {
      ProcessRights rights = new ProcessRights(UNKNOWN, UNKNOWN, pid);
      assertThat(rights.isUser(0)).isFalse();
      assertThat(rights.isInGroup(0)).isFalse();
      assertThat(rights.keepsSetIds()).isFalse();
      assertThat(rights.isAdministrator()).isFalse();
      // Root by its number, but without a capability to keep anything.
      assertThat(new ProcessRights(0, 0, pid).keepsSetIds()).isFalse();
      assertThat(new ProcessRights(0, 0, pid).isAdministrator()).isTrue();
    }
  }

  @Test
  void whatTheRequestContainsIsNotLookedUp() {
    ProcessRights stranger = new ProcessRights(5, 6, NONE);
    assertThat(stranger.keepingSetIds(true).keepsSetIds()).isTrue();
    assertThat(new ProcessRights(0, 0, SELF).keepingSetIds(false).keepsSetIds()).isFalse();
    assertThat(stranger.inGroups(List.of(50)).isInGroup(50)).isTrue();
    assertThat(stranger.inGroups(List.of(50)).isInGroup(6)).isTrue();
    assertThat(stranger.inGroups(List.of()).isInGroup(50)).isFalse();
    assertThat(stranger.inGroups(List.of(50)).keepingSetIds(true).isInGroup(50)).isTrue();
  }
}
