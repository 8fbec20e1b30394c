// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.tests.fixture.InterceptedFileSystem;
import zonefsj.tests.fixture.InterceptedFileSystem.Call;

/**
 * Lets the reference write and copy as many bytes as the volume did, call for call: on a full drive
 * these are fewer than all. For one request.
 */
final class ShortWrites {
  private final Deque<Long> counts = new ArrayDeque<>();

  /** The volume: remembers how many bytes each call wrote. */
  ZoneFileSystem recording(ZoneFileSystem volume) {
    return InterceptedFileSystem.of(
        volume,
        call -> {
          if (!writes(call)) {
            return call.goOn();
          }
          long available = available(volume);
          long length = length(call);
          Number answer = (Number) Objects.requireNonNull(call.goOn());
          long count = answer.longValue();
          if (call.is("write") && count < length && available > 2 * length) {
            throw new AssertionError(count + " of " + length + " bytes, " + available + " free");
          }
          counts.add(count);
          return answer;
        });
  }

  /** The reference: no call writes more than the volume's did. */
  ZoneFileSystem repeating(ZoneFileSystem reference) {
    return InterceptedFileSystem.of(
        reference,
        call -> {
          Long most = writes(call) ? counts.poll() : null;
          if (most != null && call.is("write")) {
            ByteBuffer source = (ByteBuffer) call.argument(2);
            int count = (int) Math.min(most, source.remaining());
            call.arguments()[2] = source.slice(source.position(), count);
          } else if (most != null && most > 0) {
            call.arguments()[call.arguments().length - 1] = most;
          }
          return call.goOn();
        });
  }

  private static long length(Call call) {
    return call.is("copy")
        ? call.number(call.arguments().length - 1)
        : ((ByteBuffer) call.argument(2)).remaining();
  }

  private static long available(ZoneFileSystem volume) {
    try {
      return volume.statistics().availableBytes();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static boolean writes(Call call) {
    return call.is("write") || call.is("copy");
  }
}
