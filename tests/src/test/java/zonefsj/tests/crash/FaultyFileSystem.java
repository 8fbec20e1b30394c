// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ZoneFileSystem;

/** A filesystem of which some methods do something else. */
final class FaultyFileSystem {
  /** What happens instead of a call. */
  @FunctionalInterface
  interface Instead {
    /**
     * @return the answer, or what {@link Call#goOn} returns
     */
    @Nullable Object answer(Call call) throws Throwable;
  }

  /**
   * A call of the filesystem.
   *
   * @param fileSystem the real one
   * @param arguments may be changed
   */
  @SuppressWarnings("ArrayRecordComponent") // lives as long as the call
  record Call(ZoneFileSystem fileSystem, Inner real, @Nullable Object[] arguments) {
    /** Does what was asked for. */
    @Nullable Object goOn() throws Throwable {
      return real.call(arguments);
    }

    long number(int argument) {
      return (Long) argument(argument);
    }

    byte[] bytes(int argument) {
      return (byte[]) argument(argument);
    }

    Object argument(int index) {
      Object present = arguments[index];
      if (present == null) {
        throw new IllegalArgumentException("argument " + index + " is null");
      }
      return present;
    }
  }

  /** The real method. */
  interface Inner {
    @Nullable Object call(@Nullable Object[] arguments) throws Throwable;
  }

  private FaultyFileSystem() {}

  /** Puts something in the place of every method of a name. */
  static ZoneFileSystem of(ZoneFileSystem real, String method, Instead instead) {
    return (ZoneFileSystem)
        Proxy.newProxyInstance(
            ZoneFileSystem.class.getClassLoader(),
            new Class<?>[] {ZoneFileSystem.class},
            (proxy, called, given) -> {
              @Nullable Object[] arguments = given == null ? new Object[0] : given;
              Inner inner =
                  changed -> {
                    try {
                      return called.invoke(real, changed);
                    } catch (InvocationTargetException failed) {
                      throw failed.getCause() == null ? failed : failed.getCause();
                    }
                  };
              return called.getName().equals(method)
                  ? instead.answer(
                      new Call(real, inner, Arrays.copyOf(arguments, arguments.length)))
                  : inner.call(arguments);
            });
  }

  /** Whether something is refused. */
  interface Attempt {
    void run() throws Throwable;
  }

  /** Does something that may be refused. */
  static void attempt(Attempt attempt) throws Throwable {
    try {
      attempt.run();
    } catch (ErrnoException refused) {
      // What follows will be refused in the same way, and answered to the caller.
      return;
    }
  }
}
