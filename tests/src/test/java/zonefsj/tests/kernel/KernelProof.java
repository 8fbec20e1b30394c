// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.kernel;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.fuse.FuseTransport;
import zonefsj.fs.fuse.direct.DirectFuseTransport;
import zonefsj.fs.fuse.jnr.JnrFuseTransport;
import zonefsj.tests.model.ModelProfile;
import zonefsj.tests.model.ModelProof;
import zonefsj.tests.model.ModelSetup;

/** Runs the model test through the kernel over many seeds. */
public final class KernelProof {
  private KernelProof() {}

  /**
   * Plays sequence after sequence through the direct transport.
   *
   * @see ModelProof#prove
   */
  public static long prove(long seed, long count, @Nullable Duration limit, PrintStream out)
      throws IOException {
    return prove(ModelProfile.KERNEL, new DirectFuseTransport(), seed, count, limit, out);
  }

  /** The same through libfuse 2, with what that can do. */
  public static long proveLibfuse(long seed, long count, @Nullable Duration limit, PrintStream out)
      throws IOException {
    return prove(ModelProfile.KERNEL_LIBFUSE, new JnrFuseTransport(), seed, count, limit, out);
  }

  private static long prove(
      ModelProfile profile,
      FuseTransport transport,
      long seed,
      long count,
      @Nullable Duration limit,
      PrintStream out) {
    return ModelProof.prove(
        profile,
        (number, clock) ->
            new KernelSubject(
                transport,
                Files.createTempDirectory("zonefs-j-kernel-"),
                ModelSetup.draw(number),
                clock),
        seed,
        count,
        limit,
        out);
  }
}
