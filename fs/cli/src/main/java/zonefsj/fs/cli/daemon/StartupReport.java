// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.Closeable;
import java.io.IOException;
import zonefsj.fs.ProgressListener;

/** Hears how a mount comes to life. */
public interface StartupReport extends ProgressListener, Closeable {
  /** The mount is usable. Nothing is reported after. */
  void ready() throws IOException;

  /** There is no mount, and nothing is left of it. {@code message} is the line for the user. */
  void failed(String message) throws IOException;

  /** Releases what the report needs; a mount that is not ready by then has failed. */
  @Override
  void close() throws IOException;
}
