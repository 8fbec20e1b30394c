// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import zonefsj.fs.fuse.FuseMountOptions;

/**
 * {@code struct fuse_args}: the options in the form of libfuse 2.9.
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

  /** Frees the memory of this class; fuse_opt_free_args must free that of libfuse before. */
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
    // The kernel checks permissions with the attributes that getattr returns.
    list.add("default_permissions");
    // Without these options the kernel splits a write into pages.
    list.add("big_writes");
    list.add("max_write=131072");
    list.add("max_readahead=1048576");
    list.add("max_background=64");
    list.add("congestion_threshold=48");
    // The open passes O_TRUNC on, in one operation.
    list.add("atomic_o_trunc");
    // The filesystem sets st_ino.
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
    if (options.transportOptions().autoUnmount()) {
      list.add("auto_unmount");
    }
    // Our own check of an empty directory is stricter and has already run.
    list.add("nonempty");
    if (superUser) {
      // libfuse starts with nosuid,nodev; a local filesystem that root mounts has neither.
      addUnlessSet(list, options, "dev", "nodev");
      addUnlessSet(list, options, "suid", "nosuid");
    }
    list.addAll(options.transportOptions().mountFlags());
    return List.of("zonefs-j", "-o", String.join(",", list));
  }

  private static void addUnlessSet(
      List<String> list, FuseMountOptions options, String flag, String opposite) {
    if (!options.transportOptions().mountFlags().contains(opposite)
        && !options.transportOptions().mountFlags().contains(flag)) {
      list.add(flag);
    }
  }

  /** Escapes commas, which would end the option. */
  private static String escape(String text) {
    return text.replace("\\", "\\\\").replace(",", "\\,");
  }
}
