// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs;

/** The Linux error numbers that the filesystem returns (asm-generic/errno.h, x86-64). */
public enum Errno {
  EPERM(1),
  ENOENT(2),
  EINTR(4),
  EIO(5),
  ENXIO(6),
  E2BIG(7),
  EBADF(9),
  EAGAIN(11),
  ENOMEM(12),
  EACCES(13),
  EBUSY(16),
  EEXIST(17),
  EXDEV(18),
  ENODEV(19),
  ENOTDIR(20),
  EISDIR(21),
  EINVAL(22),
  ENFILE(23),
  ENOTTY(25),
  EFBIG(27),
  ENOSPC(28),
  EROFS(30),
  EMLINK(31),
  ERANGE(34),
  ENAMETOOLONG(36),
  ENOSYS(38),
  ENOTEMPTY(39),
  ENODATA(61),

  EOPNOTSUPP(95),
  ESTALE(116);

  private final int number;

  Errno(int number) {
    this.number = number;
  }

  /** The positive error number. */
  public int number() {
    return number;
  }
}
