// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

/**
 * A drive whose medium can go away and come back, as a server does. While it is in use by a mount,
 * its writes and flushes wait for that without a limit: whoever must not wait asks others to write.
 * Thread-safe.
 */
public interface PatientDevice {
  /** Waits from now on, unless it is a member of a mirror: another one has the bytes then. */
  void beginPatience();

  /** Whether it waits. */
  boolean isPatient();

  /** For so long, in milliseconds, nothing was stored although it was tried; 0 if it was. */
  long stalledMillis();

  /**
   * For so long, in milliseconds, the medium has answered nothing of what it was asked, be it reads
   * or writes; 0 if it has answered, or was asked nothing. Also for how long it has not answered
   * one of several requests, once that is as long as {@link #limitMillis}.
   */
  long silentMillis();

  /** After so long, in milliseconds, whoever waits for the drive is to be told. */
  long limitMillis();

  /** Waits no longer than the limit from now on: the drive is going to be closed. */
  void endPatience();
}
