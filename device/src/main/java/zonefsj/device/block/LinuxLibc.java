// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/** Functions that only the C library of Linux has. Thread-safe. */
final class LinuxLibc {
  static {
    Native.register(LinuxLibc.class, NativeLibrary.getProcess());
  }

  private LinuxLibc() {}

  static native int fallocate(int fd, int mode, long offset, long length);

  static native int prctl(int option, long two, long three, long four, long five);
}
