// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;

/** When changes are let in, and what is told of what went wrong. */
class VolumeHealthTest {
  private final VolumeHealth health =
      new VolumeHealth(InstantSource.fixed(Instant.ofEpochSecond(1_700_000_000)), "");

  private void assertThatChangesAreRefused(String why) {
    assertThatThrownBy(health::checkWritable)
        .isInstanceOfSatisfying(
            ErrnoException.class, refused -> assertThat(refused.errno()).isEqualTo(Errno.EROFS))
        .hasMessageContaining(why);
    assertThat(health.isQuiet()).isTrue();
  }

  private void assertThatChangesAreLetIn() throws ErrnoException {
    health.checkWritable();
    assertThat(health.isQuiet()).isFalse();
    assertThat(health.readOnlyReason()).isEmpty();
  }

  @Test
  void aMountThatIsReadOnlyFromTheStartTakesNoChange() {
    VolumeHealth readOnly = new VolumeHealth(InstantSource.system(), "mounted read-only");
    assertThatThrownBy(readOnly::checkWritable).hasMessageContaining("mounted read-only");
    assertThat(readOnly.isReadOnly()).isTrue();
    assertThat(readOnly.errors()).isEmpty();
  }

  @Test
  void aPauseEndsAndIsToldOnce() throws ErrnoException {
    assertThatChangesAreLetIn();
    health.pause("the index is full");
    health.pause("another reason");
    assertThatChangesAreRefused("the index is full");
    assertThat(health.isPaused()).isTrue();
    assertThat(health.isReadOnly()).as("for good").isFalse();
    assertThat(health.readOnlyReason()).isEqualTo("the index is full");
    assertThat(health.hasResumed()).isFalse();
    health.resume();
    health.resume();
    assertThatChangesAreLetIn();
    assertThat(health.hasResumed()).isTrue();
    assertThat(health.hasResumed()).as("asked again").isFalse();
    assertThat(health.errors()).hasSize(2);
  }

  @Test
  void aRemountReadOnlyFreezesAndThaws() throws ErrnoException {
    health.setFrozen(true);
    assertThatChangesAreRefused("remounted");
    assertThat(health.isReadOnly()).isFalse();
    health.setFrozen(false);
    assertThatChangesAreLetIn();
  }

  @Test
  void readOnlyIsForGoodAndTheFirstReasonStays() {
    health.pause("for now");
    health.turnReadOnly("a flush failed", new IOException("lost cable"));
    health.turnReadOnly("a commit failed", new IOException("read-only"));
    health.resume();
    health.setFrozen(false);
    assertThatChangesAreRefused("a flush failed");
    assertThat(health.readOnlyReason()).isEqualTo("a flush failed");
    assertThat(health.errors()).anyMatch(line -> line.contains("a flush failed: lost cable"));
  }

  @Test
  void manyErrorsOfFilesDoNotHideThoseOfTheVolume() {
    health.report("a zone died");
    for (int error = 0; error < 1_000; error++) {
      health.reportFile("file " + error);
    }
    assertThat(health.errors()).hasSizeLessThanOrEqualTo(102);
    assertThat(health.errors().get(0)).contains("a zone died");
    assertThat(health.errors().get(health.errors().size() - 1)).contains("file 999");
    assertThat(health.errors()).anyMatch(line -> line.startsWith("900 before these"));
  }

  @Test
  void anErrorThatComesAgainIsOneLineAndTheNewest() {
    health.report("first");
    health.report("second");
    health.report("first");
    assertThat(health.errors()).hasSize(2);
    assertThat(health.errors().get(1)).endsWith("first (2 times)");
  }
}
