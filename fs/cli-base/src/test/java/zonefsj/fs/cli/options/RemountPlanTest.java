// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code mount -o remount} changes, and what it cannot. */
final class RemountPlanTest {
  private static final Set<String> KERNEL =
      Set.of("rw", "relatime", "nodev", "user_id=0", "group_id=0", "allow_other");

  private static RemountPlan plan(String options) throws UsageError {
    return plan(options, "commit=5,meta=/index,cache=48M", KERNEL);
  }

  private static RemountPlan plan(String options, String mountedWith, Set<String> kernel)
      throws UsageError {
    MountOptions mounted = MountOptionParser.parse(List.of(mountedWith));
    Map<String, String> live =
        MountOptionText.describe(
            mounted.volumeOptions(Path.of("/index")),
            mounted.metrics(),
            "direct",
            mounted.transportOptions());
    return RemountPlan.of(
        MountOptionParser.parse(List.of("remount," + options)), true, live, kernel);
  }

  /** fusermount watches the daemon from the beginning, or not at all. */
  @Test
  void anotherAutoUnmountIsRefused() throws UsageError {
    assertThatThrownBy(() -> plan("rw,auto_unmount"))
        .isInstanceOf(UsageError.class)
        .hasMessageContaining("'auto_unmount' cannot be changed on a live mount");
    plan("rw,auto_unmount", "auto_unmount", KERNEL);
  }

  @Test
  void optionsOfTheCollectorAreSet() throws UsageError {
    RemountPlan plan = plan("rw,gc_rate=5M,gc_policy=greedy");
    assertThat(plan.settings())
        .containsExactlyInAnyOrderEntriesOf(Map.of("gc_rate", "5M", "gc_policy", "greedy"));
    assertThat(plan.kernelFlags()).isEmpty();
  }

  @Test
  void optionsOfTheVolumeAreSet() throws UsageError {
    assertThat(plan("rw,commit=6,errors=continue,noatime,dirty=8M,metrics=:0").settings())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "commit",
                "6",
                "errors",
                "continue",
                "noatime",
                "",
                "dirty",
                "8M",
                "metrics",
                "127.0.0.1:0"));
  }

  /** It may not serve there; mount(8) hands it back with each other change. */
  @Test
  void theSameAddressOfMetricsIsSetByWhoAsksForIt() throws UsageError {
    MountOptions same = MountOptionParser.parse(List.of("remount,metrics=127.0.0.1:9800"));
    Map<String, String> live = Map.of("metrics", "127.0.0.1:9800");
    assertThat(RemountPlan.of(same, true, live, KERNEL).settings()).isEmpty();
    assertThat(RemountPlan.of(same, false, live, KERNEL).settings()).isEqualTo(live);
  }

  /** The kernel shows relatime, which mount(8) hands back; a user who asks for it means it. */
  @Test
  void accessTimesAreSetByWhoAsksForThem() throws UsageError {
    MountOptions relatime = MountOptionParser.parse(List.of("remount,relatime"));
    Map<String, String> live = Map.of("noatime", "");
    assertThat(RemountPlan.of(relatime, true, live, KERNEL).settings()).isEmpty();
    assertThat(RemountPlan.of(relatime, false, live, KERNEL).settings())
        .isEqualTo(Map.of("relatime", ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rw",
        "rw,relatime,user_id=0,group_id=0,allow_other,default_permissions",
        "commit=5.0",
        "cache=49152K",
        "meta=/index",
        "relatime",
        "gc_reserve=0",
        "nodev,suid,exec,async",
        "_netdev,x-foo=1,uhelper=fuse.zonefs-j"
      })
  void whatIsSoAlreadyIsNoChange(String options) throws UsageError {
    RemountPlan plan = plan(options);
    assertThat(plan.settings()).isEmpty();
    assertThat(plan.kernelFlags()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "meta=/other",
        "cache=64M",
        "streams=2",
        "max_active=9",
        "writeback",
        "gc_reserve=9"
      })
  void whatCannotChangeIsRefusedByName(String option) {
    assertThatThrownBy(() -> plan("gc_rate=5M," + option))
        .isInstanceOf(UsageError.class)
        .hasMessageStartingWith(
            "mount option '"
                + option.replaceFirst("=.*", "")
                + "' cannot be changed on a live mount");
  }

  @Test
  void aMountIsNotOpenedToOthersLater() {
    assertThatThrownBy(() -> plan("allow_other", "", Set.of("rw", "relatime")))
        .hasMessageStartingWith("mount option 'allow_other' cannot be changed");
  }

  @Test
  void flagsOfTheKernelAreChangedWhereTheyDiffer() throws UsageError {
    assertThat(plan("ro,dev,noexec,suid").kernelFlags())
        .containsExactlyInAnyOrder("ro", "dev", "noexec");
    assertThat(plan("rw,nodev", "", Set.of("ro", "nodev")).kernelFlags()).containsExactly("rw");
  }
}
