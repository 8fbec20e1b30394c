// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs inside the guest: tests by JUnit's launcher, then the comparison of drives with the
 * emulation. Prints what was run, what failed, and what does not apply with its reason.
 *
 * <p>Arguments: {@code short} or {@code long}, the first seed, and how many sequences of accesses
 * for each drive.
 */
public final class GuestMain {
  private static final List<Class<?>> ALWAYS =
      List.of(
          BlockDevicesInGuest.class,
          FileSystemInGuest.class,
          PulledDriveInGuest.class,
          NvmeContractInGuest.class,
          NullBlkContractInGuest.class,
          ScsiDebugContractInGuest.class);

  private static final List<Class<?>> WHEN_THERE_IS_TIME =
      List.of(
          NvmeSmallBlocksContractInGuest.class,
          NullBlkSmallBlocksContractInGuest.class,
          ScsiDebugSmallBlocksContractInGuest.class);

  private GuestMain() {}

  /** Exits with 0 if nothing failed, with 1 otherwise. */
  public static void main(String[] arguments) throws Exception {
    Guest.demand();
    boolean all = arguments[0].equals("long");
    long seed = Long.parseLong(arguments[1]);
    int sequences = Integer.parseInt(arguments[2]);
    PrintStream out = System.out;

    List<Class<?>> classes = new ArrayList<>(ALWAYS);
    if (all) {
      classes.addAll(WHEN_THERE_IS_TIME);
    }
    String refusal = ZonefsMounts.refusal();
    if (refusal.isEmpty()) {
      classes.add(ZonefsContractInGuest.class);
    } else {
      out.println("zonefs is not tested with this kernel: " + refusal);
    }
    Launcher launcher = LauncherFactory.create();
    GuestCounts counts = new GuestCounts(out);
    for (Class<?> one : classes) {
      launcher.execute(
          LauncherDiscoveryRequestBuilder.request().selectors(selectClass(one)).build(), counts);
      counts.finish(one.getSimpleName());
    }
    for (RealDriveProof.Subject subject : RealDriveProof.SUBJECTS) {
      counts.add(sequences, RealDriveProof.prove(subject, seed, sequences, out));
    }
    long tried = counts.tried();
    long failed = counts.failed();
    out.printf("guest: tried=%d failed=%d seed=%d%n", tried, failed, seed);
    System.exit(failed == 0 ? 0 : 1);
  }
}
