// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.journal.JournalPosition;
import zonefsj.journal.JournalReader;

/** Which records a reader takes for proven. */
class JournalReaderTest {
  private final List<Boolean> proven = new ArrayList<>();

  private JournalReader.Result read(RamZonedDevice device, JournalPosition known)
      throws IOException {
    proven.clear();
    return new JournalReader(device, SmallVolume.FILESYSTEM)
        .read(
            SmallVolume.root(device).segments(),
            known,
            (record, position, isProven) -> {
              proven.add(isProven);
              return true;
            });
  }

  @Test
  void theLastRecordIsProvenByWhoeverSawItDurable() throws IOException {
    RamZonedDevice device = SmallVolume.filled();
    JournalPosition end = read(device, JournalPosition.START).end();
    assertThat(proven).hasSizeGreaterThan(2).endsWith(true, false);
    read(device, end);
    assertThat(proven).doesNotContain(false);
  }

  @Test
  void anotherHistoryProvesNothing() throws IOException {
    RamZonedDevice device = SmallVolume.filled();
    JournalPosition end = read(device, JournalPosition.START).end();
    read(device, new JournalPosition(end.sequence(), end.chain() + 1));
    assertThat(proven).endsWith(true, false);
  }
}
