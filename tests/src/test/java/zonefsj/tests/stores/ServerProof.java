// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stores;

import java.io.IOException;
import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.spec.StoreSpec;

/**
 * Tests on real servers, which the gate does not have: {@code ZONEFSJ_STORE=SPEC tests/prove
 * store}, where a {@code %} in the SPEC stands for the name of a drive. For one thread.
 */
public final class ServerProof {
  private static final String VARIABLE = "ZONEFSJ_STORE";
  private static final String PLACE = "%";

  private static final AtomicInteger DRIVES = new AtomicInteger();

  private static @Nullable UnaryOperator<String> specs;
  private static @Nullable StoreTrouble trouble;

  private ServerProof() {}

  /**
   * Runs tests on the store that the environment names.
   *
   * @return how many failed
   */
  public static long prove(PrintStream out, Class<?>... tests) throws IOException {
    String given = System.getenv(VARIABLE);
    if (given == null || !given.contains(PLACE)) {
      throw new IOException(
          VARIABLE + " names no store, as in 's3:bucket=alpha,prefix=proofs/" + PLACE + "/'");
    }
    return prove("store", name -> given.replace(PLACE, name), null, out, tests);
  }

  /**
   * Runs tests and prints what fails.
   *
   * @param drives makes what a drive of a name needs, and returns its SPEC
   * @return how many failed
   */
  static long prove(
      String kind,
      UnaryOperator<String> drives,
      @Nullable StoreTrouble servers,
      PrintStream out,
      Class<?>... tests) {
    specs = drives;
    trouble = servers;
    Launcher launcher = LauncherFactory.create();
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    LauncherDiscoveryRequestBuilder request = LauncherDiscoveryRequestBuilder.request();
    for (Class<?> test : tests) {
      request.selectors(DiscoverySelectors.selectClass(test));
    }
    launcher.execute(request.build(), summary);
    long tried = summary.getSummary().getTestsStartedCount();
    long failed = summary.getSummary().getTotalFailureCount() + (tried == 0 ? 1 : 0);
    summary
        .getSummary()
        .getFailures()
        .forEach(
            failure ->
                out.println(
                    failure.getTestIdentifier().getDisplayName() + ": " + failure.getException()));
    out.printf("%s: tried=%d failed=%d%n", kind, tried, failed);
    return failed;
  }

  /** The SPEC of a drive that no test has used. */
  public static String newSpec() {
    UnaryOperator<String> drives = specs;
    if (drives == null) {
      throw new IllegalStateException("run by tests/prove store");
    }
    return drives.apply("proof-" + ProcessHandle.current().pid() + "-" + DRIVES.incrementAndGet());
  }

  /** A client of a store. */
  public static ObjectStore connect(String spec) throws IOException {
    return ((StoreSpec) DeviceSpec.parse(spec)).connect(false);
  }

  /** What can happen to the servers. */
  public static StoreTrouble trouble() {
    StoreTrouble servers = trouble;
    if (servers == null) {
      throw new IllegalStateException("nothing can happen to these servers");
    }
    return servers;
  }
}
