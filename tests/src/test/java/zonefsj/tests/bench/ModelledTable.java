// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.io.IOException;
import java.io.PrintStream;
import zonefsj.fs.ErrnoException;

/**
 * What a mount makes of drives that are modelled in virtual time: {@code tests/prove modelled}. In
 * the same process, without FUSE, and with the threads of a mount.
 */
public final class ModelledTable {
  private ModelledTable() {}

  /**
   * Prints the table.
   *
   * @return how many figures missed their goal
   */
  public static long run(long seed, PrintStream out) throws ErrnoException, IOException {
    out.println("| drive | work | figure | ratio | goal |");
    out.println("|---|---|---|---|---|");
    long tried = 0;
    long failed = 0;
    for (ModelledDrive model : ModelledDrive.values()) {
      try (ModelledRun run = new ModelledRun(model, seed)) {
        for (ModelledFigure figure : run.figures()) {
          out.println(figure.row());
          tried++;
          failed += figure.isReached() ? 0 : 1;
        }
      }
    }
    out.printf("modelled: tried=%d failed=%d seed=%d%n", tried, failed, seed);
    return failed;
  }
}
