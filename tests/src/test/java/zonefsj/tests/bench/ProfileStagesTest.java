// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code mount-scripts/profile} sorts stacks into the right stages, and knows no code that is gone.
 */
final class ProfileStagesTest {
  private static final Path ROOT =
      Path.of(System.getProperty("zonefsj.root", "..")).toAbsolutePath().normalize();

  /** A package in a pattern of Python, then a class of it, or several in parentheses, or none. */
  private static final Pattern CODE =
      Pattern.compile("zonefsj((?:\\\\\\.[a-z]+)*)\\\\\\.(?:\\(([A-Za-z|]+)\\)|([A-Z][a-z]\\w*))?");

  private static final String SERVE =
      "[fuse-0 tid=7];zonefsj.fs.fuse.direct.RequestWorker.run;"
          + "zonefsj.fs.fuse.direct.RequestHandler.serve;";
  private static final String WRITE =
      SERVE + "zonefsj.fs.volume.operations.FileOperations.write;zonefsj.fs.data.FileDelta.write";
  private static final String LOOKUP =
      SERVE
          + "zonefsj.fs.volume.operations.Operations.find;zonefsj.fs.tree.Directory.find;"
          + "zonefsj.fs.meta.CachingMetadataStore.get";
  private static final String COMMIT =
      "[zonefsj-commit tid=9];java.lang.Thread.run;zonefsj.fs.volume.commit.CommitLog.append";

  /** Runs lines of Python that know the module as {@code profile}; answers what they print. */
  private static List<String> python(String lines, String input) throws Exception {
    Path scripts = ROOT.resolve("mount-scripts/bench-files");
    String program = "import sys\nsys.path.insert(0, sys.argv[1])\nimport profile\n" + lines;
    Process process =
        new ProcessBuilder("python3", "-B", "-c", program, scripts.toString())
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().write(input.getBytes(UTF_8));
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said.lines().toList();
  }

  private static String stage(String stack) throws Exception {
    return python("print(profile.stage_of(sys.stdin.read().split(';')))", stack).get(0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "transport | zonefsj.fs.fuse.direct.FuseLibc.read;jna.tmp`ffi_call;libc.so.6`__GI_read",
        "transport | zonefsj.fs.fuse.direct.FuseDevice.write;vfs_write_[k];fuse_dev_write_[k]",
        "operations | zonefsj.fs.volume.operations.VolumeFileSystem.read;java.util.HashMap.get",
        "'locks, hand-over' | zonefsj.fs.data.ChunkWriter.write;jdk.internal.misc.Unsafe.park"
            + ";libjvm.so`Unsafe_Park;libc.so.6`pthread_cond_wait;futex_wait_[k]",
      })
  void aRequestCostsWhereItsInnermostKnownFrameIs(String stage, String frames) throws Exception {
    assertThat(stage(SERVE + frames)).isEqualTo(stage);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'extent map, data' | java.nio.ByteBuffer.put;libjvm.so`Unsafe_CopyMemory0",
        "checksum | zonefsj.zonemgr.BlockChecksums.of;java.util.zip.CRC32C.update",
        "checksum | updateBytesCRC32C",
        "'zones, frames' | zonefsj.zonemgr.ZoneHandle.append;java.util.ArrayList.add",
        "device | zonefsj.zonemgr.ZoneHandle.append;zonefsj.device.block.NativeFile.write"
            + ";libc.so.6`__pwrite64;vfs_write_[k]",
      })
  void aWriteCostsInTheDataTheChecksumsAndTheDevice(String stage, String frames) throws Exception {
    assertThat(stage(WRITE + ";" + frames)).isEqualTo(stage);
  }

  @Test
  void aLookupCostsInTheCacheAndBelowItInRocksDb() throws Exception {
    assertThat(stage(LOOKUP)).isEqualTo("cache");
    String cache = LOOKUP + ";com.github.benmanes.caffeine.cache.LocalManualCache.get";
    assertThat(stage(cache)).isEqualTo("cache");
    String index = cache + ";zonefsj.fs.meta.rocks.RocksMetadataStore.get";
    assertThat(stage(index)).isEqualTo("RocksDB");
    assertThat(stage(index + ";librocksdbjnijni-linux64.so`rocksdb::DBImpl::Get;memcpy"))
        .isEqualTo("RocksDB");
  }

  @Test
  void aCommitCostsInItselfAndInTheJournal() throws Exception {
    assertThat(stage(COMMIT)).isEqualTo("commit");
    assertThat(stage(COMMIT + ";zonefsj.journal.Journal.append")).isEqualTo("journal");
  }

  @ParameterizedTest
  @CsvSource({
    "JIT compiler, [C1 CompilerThre tid=3];libjvm.so`CompileBroker::compiler_thread_loop",
    "garbage collection, [VM Thread tid=4];libjvm.so`DefNewGeneration::collect",
    "RocksDB, [rocksdb:low0 tid=5];libc.so.6`start_thread;libc.so.6`memcpy",
    "collector, [zonefsj-gc tid=6];java.lang.Thread.run;java.lang.Object.hashCode",
    "other, [Signal Dispatch tid=8];libjvm.so`os::signal_wait",
  })
  void aThreadOfItsOwnCostsWhereItsNameSays(String stage, String stack) throws Exception {
    assertThat(stage(stack)).isEqualTo(stage);
  }

  @Test
  void sumsLoseNothingAndLeaveOutTheProfiler() throws Exception {
    String cpu =
        WRITE
            + " 6\n"
            + WRITE
            + ";vfs_write_[k] 3\n"
            + LOOKUP
            + " 1\n[Attach Listener tid=2];libjvm.so`AttachListener 50\n";
    String print =
        """
        sums = profile.sum_up(profile.read_stacks(sys.stdin), %s)
        print(sums.total, sums.stages["extent map, data"], sums.stages["cache"], sums.stages["device"])
        print(sums.kernel["extent map, data"], sums.leaves.most_common(1)[0])
        """;
    assertThat(python(print.formatted("False"), cpu))
        .containsExactly("10 9 1 0", "3 ('zonefsj.fs.data.FileDelta.write', 6)");
    // The class of the object is no code, even where it has a stage.
    String alloc = WRITE + ";zonefsj.device.ByteSize 4096\n" + LOOKUP + ";byte[] 64\n";
    assertThat(python(print.formatted("True"), alloc))
        .containsExactly(
            "4160 4096 64 0",
            "0 ('zonefsj.device.ByteSize in zonefsj.fs.data.FileDelta.write', 4096)");
  }

  @Test
  void theStagesNameNoCodeThatIsGone() throws Exception {
    Set<String> sources = sources();
    List<String> named =
        python("for _, pattern in profile.STAGES: print(pattern)", "").stream()
            .flatMap(pattern -> CODE.matcher(pattern).results())
            .flatMap(ProfileStagesTest::paths)
            .toList();
    assertThat(named).hasSizeGreaterThan(20).contains("zonefsj/fs/meta/CachingMetadataStore");
    assertThat(named)
        .allSatisfy(
            path ->
                assertThat(sources)
                    .as("code of %s", path)
                    .anyMatch(source -> source.startsWith(path)));
  }

  @Test
  void everyPackageOfTheFilesystemHasAStage() throws Exception {
    Set<String> packages =
        sources().stream()
            .filter(source -> source.startsWith("zonefsj/") && source.lastIndexOf('/') > 8)
            .map(source -> source.substring(0, source.lastIndexOf('/')).replace('/', '.'))
            .filter(name -> !name.startsWith("zonefsj.fs.cli"))
            // No request of the kernel goes through it.
            .filter(name -> !name.equals("zonefsj.fs.monitor"))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(packages).hasSizeGreaterThan(20);
    String program =
        """
        for name in sys.stdin.read().split():
            if profile.stage_of((name + ".Type.method",)) == profile.OTHER:
                print(name)
        """;
    assertThat(python(program, String.join("\n", packages))).isEmpty();
  }

  private static Stream<String> paths(MatchResult found) {
    String place = "zonefsj" + found.group(1).replace("\\.", "/") + "/";
    String classes = found.group(2) != null ? found.group(2) : found.group(3);
    return classes == null
        ? Stream.of(place)
        : Stream.of(classes.split("\\|")).map(name -> place + name);
  }

  /** All that is shipped, as {@code zonefsj/package/Type.java}. */
  private static Set<String> sources() throws IOException {
    Set<String> sources = new TreeSet<>();
    for (String module : List.of("device", "zonemgr", "journal", "gc", "fs")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module))) {
        files
            .map(Path::toString)
            .filter(file -> file.endsWith(".java") && file.contains("/src/main/java/"))
            .map(file -> file.substring(file.indexOf("/src/main/java/") + 15))
            .forEach(sources::add);
      }
    }
    return sources;
  }
}
