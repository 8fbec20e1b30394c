// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.dump;

/** Receives what a dump or a restore does, on its thread. An exception of it stops the copy. */
public interface CopyListener {
  /**
   * More bytes are copied.
   *
   * @param doneBytes bytes copied so far
   * @param totalBytes bytes to copy
   */
  void copied(long doneBytes, long totalBytes);

  /**
   * A zone does not come out as it was.
   *
   * @param zone its number
   * @param what is different, as a sentence without the zone
   */
  void differs(int zone, String what);
}
