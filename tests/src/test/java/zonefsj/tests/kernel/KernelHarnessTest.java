// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import zonefsj.fs.Caller;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.direct.DirectFuseTransport;
import zonefsj.tests.model.ModelHarness;
import zonefsj.tests.model.ModelProfile;
import zonefsj.tests.model.ModelSetup;

/** What is wrong between filesystem and kernel is found, though the filesystem is right. */
final class KernelHarnessTest {
  private static final int MOST_SEEDS = 60;

  /** Changes the arguments of a call; false when it is not to be made. */
  @FunctionalInterface
  private interface Fault {
    boolean passes(String method, @Nullable Object[] arguments);
  }

  private static UnaryOperator<ZoneFileSystem> broken(Fault fault) {
    return real ->
        (ZoneFileSystem)
            Proxy.newProxyInstance(
                KernelHarnessTest.class.getClassLoader(),
                new Class<?>[] {ZoneFileSystem.class},
                (self, method, given) -> {
                  @Nullable Object[] arguments = given == null ? new Object[0] : given;
                  if (!fault.passes(method.getName(), arguments)) {
                    return null;
                  }
                  try {
                    return method.invoke(real, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause() == null ? e : e.getCause();
                  }
                });
  }

  private static void verifyFound(Fault fault, Predicate<String> expected) {
    ModelHarness harness =
        new ModelHarness(
            ModelProfile.KERNEL,
            (seed, clock) ->
                new KernelSubject(
                    new DirectFuseTransport(),
                    Files.createTempDirectory("zonefs-j-kernel-"),
                    ModelSetup.draw(seed),
                    clock,
                    broken(fault)));
    String report = "nothing found";
    for (long seed = 1; seed <= MOST_SEEDS && report.equals("nothing found"); seed++) {
      String next = harness.run(seed, 60);
      report = next == null ? report : next;
    }
    assertThat(report)
        .contains("repeat with: tests/prove kernel --count 1 --seed ")
        .matches(expected);
  }

  @Test
  void findsAKernelThatIsNotToldOfLostSetIdBits() {
    verifyFound(
        (method, arguments) -> !method.equals("onSetIdsDropped"),
        report -> report.contains("expected mode="));
  }

  @Test
  void findsAUmaskThatIsNotApplied() {
    verifyFound(
        (method, arguments) -> {
          if (arguments.length > 0 && arguments[0] instanceof Caller caller) {
            arguments[0] = caller.withUmask(0);
          }
          return true;
        },
        report -> report.contains("1 steps of 60"));
  }
}
