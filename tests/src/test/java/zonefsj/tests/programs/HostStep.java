// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

/** What is done while a host is in trouble. */
enum HostStep {
  /** A drive is formatted. */
  MKFS,
  /** A drive is mounted. */
  MOUNT,
  /** Files are written on a mount. */
  LIVE,
  /** A mount ends that has not written everything. */
  UMOUNT,
  /** A drive is checked. */
  FSCK,
  /** A drive that lacks its superblock log is repaired. */
  REPAIR,
  /** A drive gets another label. */
  TUNE
}
