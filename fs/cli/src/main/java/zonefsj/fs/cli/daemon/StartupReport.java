// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.Closeable;
import java.io.IOException;
import zonefsj.fs.ProgressListener;

/** Receives reports about the start of a mount. */
public interface StartupReport extends ProgressListener, Closeable {
  /** The mount is usable. No report follows. */
  void ready() throws IOException;

  /** The mount failed, and nothing is left of it. {@code message} is the line for the user. */
  void failed(String message) throws IOException;

  /** Releases the resources of the report. A mount that is not ready by then has failed. */
  @Override
  void close() throws IOException;
}
