// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import zonefsj.device.ZonedDevice;
import zonefsj.tests.HostTrees;

/**
 * Accesses of a drive through a wrapper, and of a drive without one. An iteration is one batch of
 * {@link AccessArea#accesses} calls; resets lie between the iterations and are not measured. The
 * drives take turns: {@link #isThrough} tells which one an iteration uses, so the iterations that
 * are compared follow each other at once. {@link WrapperCosts} runs it.
 *
 * <p>Threading: one thread in a process of its own.
 */
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WrapperBench {
  /** Iterations after which the order of the turns repeats. */
  static final int TURNS = 4;

  /** Whether an iteration accesses the drive with the wrapper: no, yes, yes, no. */
  static boolean isThrough(int iteration) {
    return iteration % TURNS == 1 || iteration % TURNS == 2;
  }

  /** Two drives that have their bytes. */
  @State(Scope.Thread)
  @SuppressWarnings("NullAway.Init") // JMH sets the fields, then calls open
  public static class Filled {
    /** The smallest accesses run so often first, so the compiled code is the same for all. */
    private static final int WARM_UP_PASSES = 4;

    /** The drives below. */
    @Param public BaseDrive base;

    /** What is over one of them. */
    @Param public Wrapper wrapper;

    /** Length of an access. */
    @Param({"4096", "131072", "1048576"})
    public int bytes;

    ZonedDevice device;
    AccessArea area;
    private ZonedDevice plain;
    private ZonedDevice through;
    private Path directory;
    private int iterations;

    /** Opens the drives, fills them and lets the JVM compile. */
    @Setup
    public void open() throws IOException {
      directory = Files.createTempDirectory("wrappers");
      area = new AccessArea(bytes);
      plain = base.open(directory);
      AccessArea.fill(plain);
      through = wrapper.over(() -> base.open(directory));
      if (wrapper.isFilledAbove()) {
        AccessArea.fill(through);
      }
      AccessArea small = new AccessArea(plain.geometry().blockSizeBytes());
      for (int pass = 0; pass < WARM_UP_PASSES; pass++) {
        warmUp(small, plain);
        warmUp(small, through);
      }
    }

    void warmUp(AccessArea small, ZonedDevice drive) throws IOException {
      for (int at = 0; at < small.accesses(); at++) {
        small.read(drive);
      }
    }

    /** The other drive's turn. */
    @Setup(Level.Iteration)
    public void next() throws IOException {
      device = isThrough(iterations++) ? through : plain;
      area.rewind();
    }

    /** Closes the drives and deletes them. */
    @TearDown
    public void close() throws IOException {
      plain.close();
      through.close();
      HostTrees.delete(directory);
    }
  }

  /** Two drives that are empty at the beginning of each iteration. */
  @State(Scope.Thread)
  public static class Emptied extends Filled {
    @Override
    void warmUp(AccessArea small, ZonedDevice drive) throws IOException {
      small.reset(drive);
      for (int at = 0; at < small.accesses(); at++) {
        small.append(drive);
      }
    }

    @Override
    public void next() throws IOException {
      super.next();
      area.reset(device);
    }
  }

  /** One read. */
  @Benchmark
  public void read(Filled drive) throws IOException {
    drive.area.read(drive.device);
  }

  /** One append. */
  @Benchmark
  public void append(Emptied drive) throws IOException {
    drive.area.append(drive.device);
  }
}
