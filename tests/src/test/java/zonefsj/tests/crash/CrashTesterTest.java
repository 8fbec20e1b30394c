// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.tests.crash.DriveChange.Write;

/** Breaks what the crash test relies on, one thing at a time. */
class CrashTesterTest {
  private static final int MOST_NUMBERS = 12;

  private static final PreparedDrives PREPARED = new PreparedDrives();

  /** Runs workloads until one fails; returns its report. */
  private static String firstReport(DeliberateBug bug) {
    ByteArrayOutputStream words = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(words, false, StandardCharsets.UTF_8)) {
      CrashUnits units = new CrashUnits(out, PREPARED, bug, 1);
      if (bug.isEnumerated()) {
        units.ofOne();
      }
      for (long number = 1; number <= MOST_NUMBERS && units.tally().violations() == 0; number++) {
        units.random(number);
      }
    }
    return words.toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @EnumSource
  void findsEachBug(DeliberateBug bug) {
    String report = firstReport(bug);
    System.out.println(
        "crash: " + bug + ": " + report.lines().skip(2).findFirst().orElse("missed"));
    assertThat(report).contains("repeat with: ");
    // By a crash, not by the workload before it.
    assertThat(report).contains("is under way").doesNotContain("the workload itself failed");
  }

  @Test
  void aRecordingKeepsTheBytesAsTheyWereWritten() throws IOException {
    try (RamZonedDevice ram = RamZonedDevice.create(CrashDrives.shape(0))) {
      RecordingDevice recording = new RecordingDevice(ram, change -> {});
      ByteBuffer source = ByteBuffer.allocate(4096).put(0, (byte) 7);
      recording.write(0, source);
      source.put(0, (byte) 8);
      assertThat(recording.changes()).hasSize(1);
      assertThat(((Write) recording.changes().get(0)).bytes()[0]).isEqualTo((byte) 7);
    }
  }
}
