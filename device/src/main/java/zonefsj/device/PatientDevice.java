// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

/**
 * A drive whose medium can go away and come back, as a server does. Its writes and flushes wait for
 * that without a limit: whoever must not wait asks others to write. Thread-safe.
 */
public interface PatientDevice {
  /** Whether it waits. A member of a mirror does not: another one has the bytes. */
  boolean isPatient();

  /** For so long, in milliseconds, nothing could be stored although it was tried; 0 if it can. */
  long stalledMillis();

  /** After so long, in milliseconds, whoever waits for the drive is to be told. */
  long limitMillis();

  /** Waits no longer than the limit from now on: the drive is going to be closed. */
  void endPatience();
}
