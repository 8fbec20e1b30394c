// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/** A function that older C libraries lack: what needs it must not keep others from working. */
final class StatLibc {
  static {
    Native.register(StatLibc.class, NativeLibrary.getProcess());
  }

  private StatLibc() {}

  static native int statx(int directory, String path, int flags, int mask, Pointer result);
}
