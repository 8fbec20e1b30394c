// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import zonefsj.fs.fuse.FuseMountOptions;

/**
 * {@code struct fuse_args}: the options as libfuse 2.9 wants them.
 *
 * <pre>
 *   0 int argc      8 char **argv      16 int allocated
 * </pre>
 */
final class FuseArguments {
  private static final int SIZE = 24;
  private static final int ARGV = 8;

  private final List<Long> strings = new ArrayList<>();
  private final long address = NativeMemory.allocate(SIZE);
  private final long vector;

  FuseArguments(List<String> arguments) {
    vector = NativeMemory.allocate((arguments.size() + 1L) * Long.BYTES);
    for (int i = 0; i < arguments.size(); i++) {
      long string = NativeMemory.newString(arguments.get(i).getBytes(StandardCharsets.UTF_8));
      strings.add(string);
      NativeMemory.IO.putLong(vector + i * (long) Long.BYTES, string);
    }
    NativeMemory.IO.putInt(address, arguments.size());
    NativeMemory.IO.putLong(address + ARGV, vector);
  }

  long address() {
    return address;
  }

  /** Frees our part; what libfuse has allocated is freed by fuse_opt_free_args before. */
  void free() {
    strings.forEach(NativeMemory::free);
    NativeMemory.free(vector);
    NativeMemory.free(address);
  }

  /** The options of a mount. */
  static List<String> of(FuseMountOptions options, boolean superUser) {
    List<String> list = new ArrayList<>();
    list.add("fsname=" + escape(options.source()));
    list.add("subtype=zonefs-j");
    // The kernel checks permissions with what getattr tells.
    list.add("default_permissions");
    // Without these a write is cut into pages.
    list.add("big_writes");
    list.add("max_write=131072");
    list.add("max_readahead=1048576");
    list.add("max_background=64");
    list.add("congestion_threshold=48");
    // O_TRUNC comes with the open, in one operation.
    list.add("atomic_o_trunc");
    // st_ino is the filesystem's own.
    list.add("use_ino");
    list.add("entry_timeout=" + CacheTimes.ENTRY_SECONDS);
    list.add("negative_timeout=" + CacheTimes.ENTRY_SECONDS);
    list.add("attr_timeout=" + CacheTimes.ATTRIBUTE_SECONDS);
    if (options.readOnly()) {
      list.add("ro");
    }
    if (options.allowOther()) {
      list.add("allow_other");
    }
    if (options.autoUnmount()) {
      list.add("auto_unmount");
    }
    // Our own check is stricter about what "empty" means and has spoken already.
    list.add("nonempty");
    if (superUser) {
      // libfuse starts from nosuid,nodev; a local filesystem that root mounts has neither.
      addUnlessSet(list, options, "dev", "nodev");
      addUnlessSet(list, options, "suid", "nosuid");
    }
    list.addAll(options.mountFlags());
    return List.of("zonefs-j", "-o", String.join(",", list));
  }

  private static void addUnlessSet(
      List<String> list, FuseMountOptions options, String flag, String opposite) {
    if (!options.mountFlags().contains(opposite) && !options.mountFlags().contains(flag)) {
      list.add(flag);
    }
  }

  /** A comma would end the option. */
  private static String escape(String text) {
    return text.replace("\\", "\\\\").replace(",", "\\,");
  }
}
