// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.jnr;

import com.kenai.jffi.CallContext;
import com.kenai.jffi.CallingConvention;
import com.kenai.jffi.Invoker;
import com.kenai.jffi.Type;
import jnr.ffi.LibraryLoader;

/**
 * {@code fuse_new}, in the version of libfuse 2.6 and later.
 *
 * <p>libfuse.so.2 exports the function in four versions, and a lookup by name alone returns the
 * oldest, which has other arguments.
 */
final class FuseNew {
  // struct fuse *fuse_new(struct fuse_chan *, struct fuse_args *, const struct fuse_operations *,
  //                       size_t, void *)
  private static final CallContext SIGNATURE =
      CallContext.getCallContext(
          Type.POINTER,
          new Type[] {Type.POINTER, Type.POINTER, Type.POINTER, Type.POINTER, Type.POINTER},
          CallingConvention.DEFAULT,
          false);

  private final long function;

  /**
   * @throws UnsatisfiedLinkError if libfuse.so.2 is missing or older than 2.6
   */
  FuseNew() {
    LibDl dl = LibraryLoader.create(LibDl.class).failImmediately().load("libdl.so.2");
    long library = dl.dlopen("libfuse.so.2", LibDl.NOW);
    function = library == 0 ? 0 : dl.dlvsym(library, "fuse_new", "FUSE_2.6");
    if (function == 0) {
      throw new UnsatisfiedLinkError("libfuse.so.2 has no fuse_new of version 2.6");
    }
  }

  /** Creates the path-based filesystem; returns 0 if an option is unknown. */
  long call(long channel, long args, long operations, long operationsSize, long userData) {
    return Invoker.getInstance()
        .invokeN5(SIGNATURE, function, channel, args, operations, operationsSize, userData);
  }
}
