// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.simulate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.gc.GcSettings;
import zonefsj.gc.StandardVictimPolicy;
import zonefsj.gc.UpdateSkew;

/** The simulation counts what the collector does, and neither more nor less than it can. */
class SimulationTest {
  private static final long SEED = 11;
  private static final Simulation.Drive DRIVE = new Simulation.Drive(128, 1 << 20, 2);

  /** Collects as late as it can. */
  private static final GcSettings LAZY = new GcSettings(StandardVictimPolicy.GREEDY, 0, 0, 0, 0);

  private static final GcSettings MDC = new GcSettings(StandardVictimPolicy.MDC, 3, 1, 0, 0);

  private static Simulation.Result run(Workload workload, double utilization) throws IOException {
    return run(LAZY, workload, utilization);
  }

  private static Simulation.Result run(GcSettings settings, Workload workload, double utilization)
      throws IOException {
    try (Simulation simulation = new Simulation(DRIVE, settings, DRIVE.blocks(utilization), SEED)) {
      Simulation.Result result = simulation.run(workload, 6);
      simulation.checkCounts();
      return result;
    }
  }

  /** Few zones, and summaries: it may cost a little more than zones without end. */
  @ParameterizedTest
  @ValueSource(doubles = {0.5, 0.7, 0.8})
  void lazyGreedyCollectionIsNearTheBound(double utilization) throws IOException {
    Workload workload = new Workload.Uniform();
    double bound = workload.bound(utilization);
    assertThat(run(workload, utilization).writeAmplification())
        .as("theory says %s", bound)
        .isBetween(bound * 0.93, bound * 1.2);
  }

  @Test
  void whatIsOverwrittenInOrderIsNotMoved() throws IOException {
    Simulation.Result result = run(new Workload.Sequential(), 0.8);
    assertThat(result.writeAmplification()).isLessThan(1.05);
    assertThat(result.overhead()).isBetween(0.0, 0.05);
  }

  /** Greedy collection moves hot data that would soon be dead. */
  @Test
  void minimumDecliningCostGainsFromSkew() throws IOException {
    Workload skewed = new Workload.Skewed(0.9, 0.1);
    double bound = skewed.bound(0.8);
    double greedy = run(LAZY, skewed, 0.8).writeAmplification();
    assertThat(run(MDC, skewed, 0.8).writeAmplification())
        .as("theory says %s", bound)
        .isBetween(bound * 0.93, bound * 1.25)
        .isLessThan(greedy * 0.8);
  }

  /** Hot zones hold some cold data, and cold ones some hot. */
  @Test
  void theSkewOfTheOverwritesIsSeen() throws IOException {
    UpdateSkew uniform = skewAfter(new Workload.Uniform());
    assertThat(uniform.isEvident()).as("%s", uniform).isFalse();
    UpdateSkew skewed = skewAfter(new Workload.Skewed(0.9, 0.1));
    assertThat(skewed.hotWrites()).isBetween(0.7, 0.95);
    assertThat(skewed.hotData()).isBetween(0.05, 0.25);
  }

  private static UpdateSkew skewAfter(Workload workload) throws IOException {
    try (Simulation simulation = new Simulation(DRIVE, MDC, DRIVE.blocks(0.8), SEED)) {
      simulation.run(workload, 6);
      return simulation.skew();
    }
  }

  @Test
  void withoutSkewMinimumDecliningCostIsAsGoodAsGreedy() throws IOException {
    Workload uniform = new Workload.Uniform();
    assertThat(run(MDC, uniform, 0.8).writeAmplification())
        .isLessThan(run(LAZY, uniform, 0.8).writeAmplification() * 1.07);
  }

  /** On small drives the live data leave fewer zones free than writers would like to have. */
  @ParameterizedTest
  @CsvSource({"26, 2097152", "66, 1048576"})
  void aSmallDriveIsNotRewrittenWithoutEnd(int zones, long zoneBytes) throws IOException {
    Simulation.Drive drive = new Simulation.Drive(zones, zoneBytes, 2);
    int start = GcSettings.automaticStartZones(zones, zoneBytes);
    GcSettings settings = new GcSettings(StandardVictimPolicy.MDC, start, start / 2, 0, 0);
    Workload uniform = new Workload.Uniform();
    try (Simulation simulation = new Simulation(drive, settings, drive.blocks(0.75), SEED)) {
      assertThat(simulation.run(uniform, 6).writeAmplification())
          .isLessThan(2.2 * uniform.bound(0.75));
    }
  }

  @Test
  void aMarkThatTheLiveDataDoNotLeaveIsLowered() throws IOException {
    Simulation.Drive drive = new Simulation.Drive(128, 1 << 20, 2);
    GcSettings settings = new GcSettings(StandardVictimPolicy.MDC, 64, 32, 0, 0);
    Workload uniform = new Workload.Uniform();
    try (Simulation simulation = new Simulation(drive, settings, drive.blocks(0.75), SEED)) {
      assertThat(simulation.run(uniform, 6).writeAmplification()).isLessThan(uniform.bound(0.87));
    }
  }

  @Test
  void aSeedRepeatsARun() throws IOException {
    assertThat(run(new Workload.Uniform(), 0.6)).isEqualTo(run(new Workload.Uniform(), 0.6));
  }

  @Test
  void aDriveWithoutSpareSpaceIsFull() {
    assertThatThrownBy(() -> run(new Workload.Uniform(), 1.2)).hasMessageContaining("full");
  }
}
