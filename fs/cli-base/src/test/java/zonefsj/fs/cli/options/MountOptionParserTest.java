// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.fs.TransportOptions;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.VolumeOptions.AccessTimes;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
import zonefsj.fs.VolumeOptions.GcPolicy;
import zonefsj.fs.VolumeOptions.SyncPolicy;
import zonefsj.zonemgr.ZoneLimits;

/** Mount options as users, fstab and mount(8) give them. */
final class MountOptionParserTest {
  private static MountOptions parse(String... lists) throws UsageError {
    return MountOptionParser.parse(List.of(lists));
  }

  @Test
  void withoutOptionsTheDefaultsHold() throws UsageError {
    Path index = Path.of("/index");
    VolumeOptions options = parse().volumeOptions(index);
    VolumeOptions expected = VolumeOptions.DEFAULT;
    assertThat(options)
        .isEqualTo(
            new VolumeOptions(
                expected.readOnly(),
                expected.commitInterval(),
                index,
                expected.cacheBytes(),
                expected.dirtyBytes(),
                expected.accessTimes(),
                expected.errors(),
                expected.gc(),
                expected.zones()));
  }

  @Test
  void everyOptionOfTheManualIsUnderstood() throws UsageError {
    MountOptions options =
        parse(
            "ro,commit=7,meta=/srv/index,cache=48M,dirty=96M,gc_policy=greedy,gc_start=30",
            "gc_urgent=15,gc_reserve=4,gc_rate=20M/s,gc_idle=60,errors=continue,strictatime",
            "allow_other,default_permissions,nonempty,nodev,noexec,streams=3,max_active=9");
    assertThat(options.zones()).isEqualTo(new ZoneLimits(9, 3));
    assertThat(options.readOnly()).isTrue();
    assertThat(options.commitInterval()).isEqualTo(Duration.ofSeconds(7));
    assertThat(options.indexDirectory()).isEqualTo(Path.of("/srv/index"));
    assertThat(options.cacheBytes()).isEqualTo(48 << 20);
    assertThat(options.dirtyBytes()).isEqualTo(96 << 20);
    assertThat(options.accessTimes()).isEqualTo(AccessTimes.STRICT);
    assertThat(options.errors()).isEqualTo(ErrorPolicy.CONTINUE);
    assertThat(options.gc())
        .isEqualTo(
            new VolumeOptions.GcOptions(
                GcPolicy.GREEDY, 30, 15, 4, 20 << 20, Duration.ofSeconds(60)));
    assertThat(options.transportOptions())
        .isEqualTo(new TransportOptions(true, false, false, true, List.of("nodev", "noexec")));
    assertThat(options.remount()).isFalse();
  }

  @Test
  void theTransportGetsWhatIsAskedOfIt() throws UsageError {
    assertThat(parse("ro,commit=9").transportOptions()).isEqualTo(TransportOptions.DEFAULT);
    assertThat(parse("writeback").transportOptions())
        .isEqualTo(new TransportOptions(null, true, false, false, List.of()));
    assertThat(parse("auto_unmount").transportOptions())
        .isEqualTo(new TransportOptions(null, false, true, false, List.of()));
  }

  @Test
  void whatMountHasForAllFilesystemsIsAccepted() throws UsageError {
    MountOptions options =
        parse(
            "defaults,rw,auto,noauto,nofail,_netdev,user,nouser,users,user=anna,owner,group,"
                + "comment=hello,x-systemd.automount,x-gvfs-show,X-mount.mkdir=0755,dev,suid,exec,"
                + "async,atime,diratime,loud,silent,nomand,noiversion,nolazytime,norelatime,lazytime,"
                + "iversion,acl,user_xattr,symfollow");
    assertThat(options.readOnly()).isFalse();
    assertThat(options.optionsForOthers())
        .containsExactly(
            "_netdev", "user", "user=anna", "comment=hello", "x-systemd.automount", "x-gvfs-show");
  }

  @Test
  void ofContradictingOptionsTheLastOneWins() throws UsageError {
    assertThat(parse("ro,rw").readOnly()).isFalse();
    assertThat(parse("rw", "ro").readOnly()).isTrue();
    assertThat(parse("noatime,strictatime,relatime").accessTimes()).isEqualTo(AccessTimes.RELATIVE);
    assertThat(parse("commit=5,commit=9").commitInterval()).isEqualTo(Duration.ofSeconds(9));
    assertThat(parse("nodev,dev,exec,noexec,sync,async").transportOptions().mountFlags())
        .containsExactly("dev", "noexec", "async");
  }

  @Test
  void whatIsDurableFollowsFromTheFlags() throws UsageError {
    assertThat(parse("async").volumeOptions(null).sync()).isEqualTo(SyncPolicy.NONE);
    assertThat(parse("dirsync").volumeOptions(null).sync()).isEqualTo(SyncPolicy.NAMES);
    assertThat(parse("dirsync,sync").volumeOptions(null).sync()).isEqualTo(SyncPolicy.ALL);
    assertThat(parse("sync,dirsync,async").volumeOptions(null).sync()).isEqualTo(SyncPolicy.NAMES);
    assertThat(parse("dirsync,sync,nosymfollow").transportOptions().mountFlags())
        .containsExactly("dirsync", "sync", "nosymfollow");
    assertThat(parse("nodiratime").volumeOptions(null).directoryAccessTimes()).isFalse();
    assertThat(parse("nodiratime,diratime").volumeOptions(null).directoryAccessTimes()).isTrue();
    assertThatThrownBy(() -> parse("nosymfollow,transport=jnr-fuse"))
        .hasMessageContaining("nosymfollow needs transport=direct");
  }

  @Test
  void emptyOptionsMeanNothing() throws UsageError {
    assertThat(parse("", ",,", ",ro,").readOnly()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "meta=/a\\,b|/a,b",
        "meta=\"/a,b\"|/a,b",
        "meta=/a b|/a b",
        "meta=/a=b|/a=b",
        "meta=/a\\\\b|/a\\b",
        "meta=/x/../y|/y"
      })
  void aValueCanHoldWhatSeparatesOptions(String option, String path) throws UsageError {
    assertThat(parse(option + ",ro").indexDirectory()).isEqualTo(Path.of(path));
    assertThat(parse(option + ",ro").readOnly()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a,b", "/a\\b", "/a\"b", "/plain", "/\\,\""})
  void anEscapedValueIsReadAsItIs(String value) throws UsageError {
    assertThat(parse("meta=" + MountOptionParser.escape(value)).indexDirectory())
        .isEqualTo(Path.of(value));
  }

  @ParameterizedTest
  @CsvSource({
    "comit=5, comit, commit",
    "gcpolicy=auto, gcpolicy, gc_policy",
    "realtime, realtime, relatime",
    "noatme, noatme, noatime",
    "nodevs, nodevs, nodev",
    "Ro, Ro, ro",
    "gc_rates=5M, gc_rates, gc_rate"
  })
  void anUnknownOptionIsNamedWithTheNearestKnownOne(String option, String name, String nearest) {
    assertThatThrownBy(() -> parse("ro," + option))
        .isInstanceOf(UsageError.class)
        .hasMessage(
            "unknown mount option '" + name + "', the nearest known one is '" + nearest + "'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "uid=1000",
        "gid=1000",
        "umask=022",
        "mand",
        "noacl",
        "nouser_xattr",
        "allow_root",
        "fsname=x",
        "subtype=x",
        "blkdev"
      })
  void whatWouldDoNothingIsRefusedWithTheReason(String option) {
    String name = option.replaceFirst("=.*", "");
    assertThatThrownBy(() -> parse(option))
        .isInstanceOf(UsageError.class)
        .hasMessageStartingWith("mount option '" + name + "' is not supported: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"commit", "commit=", "meta", "meta=", "cache=", "gc_rate", "errors="})
  void anOptionWithoutItsValueIsRefused(String option) {
    assertThatThrownBy(() -> parse(option)).hasMessageContaining("needs a value");
  }

  private static List<String> ownOptions() {
    return DaemonOptions.names();
  }

  /** With a value that few options accept: the rest refuses it, and none fails in another way. */
  @ParameterizedTest
  @MethodSource("ownOptions")
  void everyOptionIsAppliedOrRefused(String name) throws UsageError {
    for (String option : List.of(name, name + "=", name + "=?")) {
      try {
        assertThat(parse(option).given()).containsExactly(name);
      } catch (UsageError refused) {
        assertThat(refused).hasMessageContaining(name);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ro=1", "noatime=yes", "nodev=", "allow_other=true", "remount=x"})
  void aFlagWithAValueIsRefused(String option) {
    assertThatThrownBy(() -> parse(option)).hasMessageContaining("takes no value");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "commit=0",
        "commit=x",
        "commit=-5",
        "commit=4000",
        "cache=1",
        "cache=x",
        "dirty=1M",
        "errors=panic",
        "gc_policy=best",
        "streams=1",
        "streams=5",
        "max_active=6",
        "gc_start=120",
        "gc_urgent=x",
        "gc_reserve=-1",
        "gc_rate=fast",
        "gc_idle=tomorrow",
        "gc_start=10,gc_urgent=20"
      })
  void aWrongValueIsRefusedWithItsName(String option) {
    assertThatThrownBy(() -> parse(option))
        .isInstanceOf(UsageError.class)
        .hasMessageContaining(option.replaceFirst("=.*", ""));
  }

  @Test
  void whatTheKernelShowsIsUnderstoodInARemountOnly() throws UsageError {
    MountOptions options = parse("rw,remount,user_id=0,group_id=0,max_read=131072,gc_rate=5M");
    assertThat(options.remount()).isTrue();
    assertThat(options.gcOptionTexts()).containsOnlyKeys("gc_rate");
    assertThatThrownBy(() -> parse("user_id=0")).hasMessageContaining("unknown mount option");
  }
}
