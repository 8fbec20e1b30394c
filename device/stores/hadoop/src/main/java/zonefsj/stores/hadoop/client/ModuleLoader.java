// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.hadoop.client;

import java.io.IOException;

/**
 * The client of Hadoop finds classes, services and its default settings by the class loader of the
 * thread that asks. Stateless.
 */
final class ModuleLoader {
  /** A use of the client. */
  @FunctionalInterface
  interface Use<T> {
    /** Uses it. */
    T run() throws IOException;
  }

  private ModuleLoader() {}

  /** Uses the client in the current thread. */
  static <T> T call(Use<T> use) throws IOException {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(ModuleLoader.class.getClassLoader());
    try {
      return use.run();
    } finally {
      thread.setContextClassLoader(before);
    }
  }
}
