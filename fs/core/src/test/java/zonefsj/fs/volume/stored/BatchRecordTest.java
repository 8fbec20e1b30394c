// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.stored;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataBatch;

class BatchRecordTest {
  private static final byte[] VALUE = {7};

  private static List<Integer> keyLengths(BatchRecord record) throws IOException {
    List<Integer> lengths = new ArrayList<>();
    BatchRecord.of(record.bytes())
        .forEach(
            new MetadataBatch.Sink() {
              @Override
              public void put(ColumnFamily family, byte[] key, byte @Nullable [] value) {
                lengths.add(key.length);
              }

              @Override
              public void deleteRange(ColumnFamily family, byte[] from, byte[] to) {
                throw new AssertionError();
              }
            });
    return lengths;
  }

  @Test
  void aKeyHasAtMostTheLengthOfTheLongestName() throws Exception {
    byte[] longest = Keys.xattr(1, new byte[Keys.MOST_XATTR_NAME_BYTES]);
    BatchRecord.Builder right = new BatchRecord.Builder();
    right.put(ColumnFamily.XATTRS, longest, VALUE);
    assertThat(keyLengths(right.build())).containsExactly(longest.length);

    BatchRecord.Builder wrong = new BatchRecord.Builder();
    wrong.put(ColumnFamily.XATTRS, new byte[longest.length + 1], VALUE);
    BatchRecord record = wrong.build();
    assertThatThrownBy(() -> keyLengths(record))
        .isInstanceOf(IOException.class)
        .hasMessage("a journal record has a key of 264 bytes");
  }

  /** A repair deletes keys that an index should not have. */
  @Test
  void longerKeysCanBeDeleted() throws Exception {
    BatchRecord.Builder deletion = new BatchRecord.Builder();
    deletion.put(ColumnFamily.XATTRS, new byte[300], null);
    assertThat(keyLengths(deletion.build())).containsExactly(300);
  }
}
