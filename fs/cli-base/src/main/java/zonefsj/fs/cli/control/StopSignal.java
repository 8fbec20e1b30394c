// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

/** What stops long work of a daemon, for example a signal to the command. Thread-safe. */
public interface StopSignal {
  /** Has this called at most once, by any thread, when the work is to be stopped. */
  void stopBy(Runnable stop);

  /** Ends {@link #stopBy}. */
  void stopsNoMore(Runnable stop);
}
