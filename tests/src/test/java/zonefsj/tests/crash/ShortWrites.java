// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import zonefsj.fs.ZoneFileSystem;

/**
 * Lets the reference write and copy as many bytes as the volume did, call for call: on a full drive
 * these are fewer than all. For one request.
 */
final class ShortWrites {
  private final Deque<Long> counts = new ArrayDeque<>();

  /** Does a call. */
  @FunctionalInterface
  private interface Calls {
    Object call(Method method, Object[] arguments) throws ReflectiveOperationException;
  }

  /** The volume: remembers how many bytes each call wrote. */
  ZoneFileSystem recording(ZoneFileSystem volume) {
    return around(
        (method, arguments) -> {
          if (!writes(method)) {
            return method.invoke(volume, arguments);
          }
          long available = available(volume);
          long length = length(method, arguments);
          Object answer = method.invoke(volume, arguments);
          long count = ((Number) answer).longValue();
          if (method.getName().equals("write") && count < length && available > 2 * length) {
            throw new AssertionError(count + " of " + length + " bytes, " + available + " free");
          }
          counts.add(count);
          return answer;
        });
  }

  /** The reference: no call writes more than the volume's did. */
  ZoneFileSystem repeating(ZoneFileSystem reference) {
    return around(
        (method, arguments) -> {
          Long most = writes(method) ? counts.poll() : null;
          if (most != null && method.getName().equals("write")) {
            ByteBuffer source = (ByteBuffer) arguments[2];
            int count = (int) Math.min(most, source.remaining());
            arguments[2] = source.slice(source.position(), count);
          } else if (most != null && most > 0) {
            arguments[4] = most;
          }
          return method.invoke(reference, arguments);
        });
  }

  private static long length(Method method, Object[] arguments) {
    boolean isCopy = method.getName().equals("copy");
    return isCopy ? (long) arguments[4] : ((ByteBuffer) arguments[2]).remaining();
  }

  private static long available(ZoneFileSystem volume) {
    try {
      return volume.statistics().availableBytes();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static boolean writes(Method method) {
    return method.getName().equals("write") || method.getName().equals("copy");
  }

  private static ZoneFileSystem around(Calls calls) {
    return (ZoneFileSystem)
        Proxy.newProxyInstance(
            ZoneFileSystem.class.getClassLoader(),
            new Class<?>[] {ZoneFileSystem.class},
            (proxy, method, arguments) -> {
              try {
                return calls.call(method, arguments == null ? new Object[0] : arguments);
              } catch (InvocationTargetException failed) {
                throw failed.getCause();
              }
            });
  }
}
