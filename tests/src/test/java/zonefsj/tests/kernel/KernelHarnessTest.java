// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import zonefsj.fs.Caller;
import zonefsj.fs.fuse.direct.DirectFuseTransport;
import zonefsj.tests.fixture.InterceptedFileSystem;
import zonefsj.tests.fixture.InterceptedFileSystem.Hook;
import zonefsj.tests.model.ModelHarness;
import zonefsj.tests.model.ModelProfile;
import zonefsj.tests.model.ModelSetup;

/** What is wrong between filesystem and kernel is found, though the filesystem is right. */
final class KernelHarnessTest {
  private static final int MOST_SEEDS = 60;

  private static void verifyFound(Hook fault, Predicate<String> expected) {
    ModelHarness harness =
        new ModelHarness(
            ModelProfile.KERNEL,
            (seed, clock) ->
                new KernelSubject(
                    new DirectFuseTransport(),
                    Files.createTempDirectory("zonefs-j-kernel-"),
                    ModelSetup.draw(seed),
                    clock,
                    real -> InterceptedFileSystem.of(real, fault)));
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
        call -> call.is("onSetIdsDropped") ? null : call.goOn(),
        report -> report.contains("expected mode="));
  }

  @Test
  void findsAUmaskThatIsNotApplied() {
    verifyFound(
        call -> {
          Object[] arguments = call.arguments();
          if (arguments.length > 0 && arguments[0] instanceof Caller caller) {
            arguments[0] = caller.withUmask(0);
          }
          return call.goOn();
        },
        report -> report.contains("1 steps of 60"));
  }
}
