// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import zonefsj.fs.fuse.protocol.Opcode;

class SlowRequestsTest {
  private static final int LENGTH = 100;
  private final SlowRequests requests = new SlowRequests(4);

  private static ByteBuffer request(int number) {
    ByteBuffer request = ByteBuffer.allocate(LENGTH + 1).order(ByteOrder.nativeOrder());
    return request.position(1).putInt(1, number);
  }

  private void takeAllWorkers() {
    for (int worker = 0; worker < 3; worker++) {
      assertThat(requests.begin(request(worker), 0)).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "4, 3", "32, 24"})
  void someWorkersAreLeftToOthers(int threads, int share) {
    assertThat(SlowRequests.shareOf(threads)).isEqualTo(share);
  }

  @Test
  void whatFreesSpaceIsNotSlow() {
    assertThat(SlowRequests.isSlow(Opcode.WRITE)).isTrue();
    for (Opcode opcode :
        new Opcode[] {
          Opcode.UNLINK,
          Opcode.RMDIR,
          Opcode.SETATTR,
          Opcode.RELEASE,
          Opcode.FORGET,
          Opcode.READ,
          Opcode.LOOKUP
        }) {
      assertThat(SlowRequests.isSlow(opcode)).as("%s", opcode).isFalse();
    }
  }

  /** A worker reads the next request into the buffer of the one that is queued. */
  @Test
  void requestsBeyondTheShareAreCopiedAndServedInOrder() {
    takeAllWorkers();
    ByteBuffer buffer = request(7);
    assertThat(requests.begin(buffer, 0)).isFalse();
    buffer.putInt(1, 8);
    assertThat(requests.begin(buffer, 0)).isFalse();
    buffer.putInt(1, 9);
    SlowRequests.Taken first = requests.next();
    assertThat(first).isNotNull();
    assertThat(first.request().remaining()).isEqualTo(LENGTH);
    assertThat(first.request().order()).isEqualTo(ByteOrder.nativeOrder());
    assertThat(first.request().getInt(0)).isEqualTo(7);
    SlowRequests.Taken second = requests.next();
    assertThat(second).isNotNull();
    assertThat(second.request().getInt(0)).isEqualTo(8);
    assertThat(requests.next()).isNull();
    assertThat(requests.begin(buffer, 0)).isTrue();
  }

  @Test
  void theQueueIsBounded() {
    takeAllWorkers();
    ByteBuffer large = ByteBuffer.allocate(SlowRequests.MOST_QUEUED_BYTES);
    assertThat(requests.begin(large, 0)).isFalse();
    assertThat(requests.begin(request(1), 0))
        .as("takes the worker that is left to others")
        .isTrue();
    assertThat(requests.next()).as("gives that worker back first").isNull();
    assertThat(requests.next()).isNotNull();
    assertThat(requests.next()).isNull();
  }
}
