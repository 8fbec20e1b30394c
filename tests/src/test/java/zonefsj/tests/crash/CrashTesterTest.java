package zonefsj.tests.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.RenameMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.AppliedMark;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.tests.crash.DriveChange.Flush;
import zonefsj.tests.crash.DriveChange.Reset;
import zonefsj.tests.crash.DriveChange.Write;

/**
 * Breaks what the crash test relies on, one thing at a time: a test that cannot fail proves
 * nothing.
 */
class CrashTesterTest {
  private static final int MOST_SEEDS = 12;

  /** Runs workloads until one fails; returns its report. */
  private static String firstReport(Sabotage sabotage) {
    ByteArrayOutputStream words = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(words, false, StandardCharsets.UTF_8)) {
      CrashProof proof = new CrashProof(out, sabotage, 1);
      for (long seed = 1; seed <= MOST_SEEDS && proof.violations() == 0; seed++) {
        proof.run(seed, CrashProof.STEPS);
      }
    }
    return words.toString(StandardCharsets.UTF_8);
  }

  private static void assertCaught(String report) {
    assertThat(report).contains("repeat with: tests/prove crash --count 1 --seed");
    // By a crash, not by the workload before it.
    assertThat(report).contains("is under way").doesNotContain("the workload itself failed");
  }

  @Test
  void aDriveWhoseFlushDoesNothingIsCaught() {
    assertCaught(
        firstReport(
            new Sabotage() {
              @Override
              public ZonedDevice device(ZonedDevice recording) {
                return new FilterZonedDevice(recording) {
                  @Override
                  public void flush() {}
                };
              }
            }));
  }

  @Test
  void aDriveThatWritesBehindTheFlushIsCaught() {
    assertCaught(
        firstReport(
            new Sabotage() {
              @Override
              public List<DriveChange> record(List<DriveChange> said) {
                return flushesEarlier(said, Write.class);
              }
            }));
  }

  /** What comes right before a flush is done right behind it. */
  private static List<DriveChange> flushesEarlier(
      List<DriveChange> said, Class<? extends DriveChange> late) {
    List<DriveChange> done = new ArrayList<>(said);
    for (int at = 1; at < done.size(); at++) {
      if (done.get(at) instanceof Flush && late.isInstance(done.get(at - 1))) {
        Collections.swap(done, at - 1, at);
        at++;
      }
    }
    return done;
  }

  @Test
  void aDriveThatResetsBeforeItFlushesIsCaught() {
    assertCaught(
        firstReport(
            new Sabotage() {
              @Override
              public List<DriveChange> record(List<DriveChange> said) {
                List<DriveChange> done = new ArrayList<>(said);
                for (int at = 1; at < done.size(); at++) {
                  boolean overtakes =
                      done.get(at) instanceof Reset && done.get(at - 1) instanceof Flush;
                  if (overtakes) {
                    Collections.swap(done, at - 1, at);
                  }
                }
                return done;
              }
            }));
  }

  @Test
  void aDriveThatLosesTheEndOfAWriteIsCaught() {
    assertCaught(
        firstReport(
            new Sabotage() {
              @Override
              public List<DriveChange> record(List<DriveChange> said) {
                List<DriveChange> done = new ArrayList<>();
                for (DriveChange change : said) {
                  done.add(change instanceof Write write ? withoutEnd(write) : change);
                }
                return done;
              }
            }));
  }

  private static Write withoutEnd(Write write) {
    int block = 4096;
    if (write.bytes().length <= block || write.positionBytes() / block % 5 != 0) {
      return write;
    }
    byte[] bytes = write.bytes().clone();
    Arrays.fill(bytes, bytes.length - block, bytes.length, (byte) 0);
    return new Write(write.zone(), write.positionBytes(), bytes);
  }

  @Test
  void aDriveThatTurnsABitIsCaught() {
    assertCaught(
        firstReport(
            new Sabotage() {
              @Override
              public List<DriveChange> record(List<DriveChange> said) {
                List<DriveChange> done = new ArrayList<>();
                for (DriveChange change : said) {
                  done.add(change instanceof Write write ? withTurnedBit(write) : change);
                }
                return done;
              }
            }));
  }

  private static Write withTurnedBit(Write write) {
    if (write.positionBytes() / 4096 % 7 != 0) {
      return write;
    }
    byte[] bytes = write.bytes().clone();
    bytes[bytes.length * 3 / 4] ^= 0x10;
    return new Write(write.zone(), write.positionBytes(), bytes);
  }

  @Test
  void anIndexThatClaimsANewerMarkIsCaught() {
    assertCaught(
        firstReport(
            new Sabotage() {
              @Override
              public MetadataStores index(MemoryMetadataStores left, MemoryMetadataStores newest)
                  throws IOException {
                Optional<MetadataStore> opened = newest.copyOfDurable().openExisting();
                Optional<AppliedMark> mark =
                    opened.isPresent() ? opened.get().mark() : Optional.empty();
                return new ForgedStores(left, mark);
              }
            }));
  }

  @Test
  void anFsyncThatDoesNothingIsCaught() {
    assertCaught(
        firstReport(
            new Sabotage() {
              @Override
              public ZoneFileSystem fileSystem(ZoneFileSystem volume) {
                return disguised(volume, "fsync", arguments -> null);
              }
            }));
  }

  @Test
  void aRenameInTwoStepsIsCaught() {
    assertCaught(
        firstReport(
            new Sabotage() {
              @Override
              public ZoneFileSystem fileSystem(ZoneFileSystem volume) {
                return disguised(
                    volume,
                    "rename",
                    arguments -> {
                      if (arguments[5] == RenameMode.REPLACE) {
                        removeTarget(volume, arguments);
                      }
                      return Proxy.class;
                    });
              }
            }));
  }

  private static void removeTarget(ZoneFileSystem volume, Object[] arguments) throws IOException {
    try {
      Attributes source = volume.lookup((Long) arguments[1], (byte[]) arguments[2]);
      Attributes target = volume.lookup((Long) arguments[3], (byte[]) arguments[4]);
      if (source.isRegular() && target.isRegular() && source.inode() != target.inode()) {
        volume.unlink(Caller.ROOT, (Long) arguments[3], (byte[]) arguments[4]);
        volume.sync();
      }
    } catch (ErrnoException nothingThere) {
      // The rename will tell.
      assertThat(nothingThere).isNotNull();
    }
  }

  @FunctionalInterface
  private interface Instead {
    /** Returns the class of proxies for: go on. */
    @Nullable Object call(Object[] arguments) throws IOException;
  }

  private static ZoneFileSystem disguised(ZoneFileSystem volume, String method, Instead instead) {
    return (ZoneFileSystem)
        Proxy.newProxyInstance(
            ZoneFileSystem.class.getClassLoader(),
            new Class<?>[] {ZoneFileSystem.class},
            (proxy, called, arguments) -> {
              if (called.getName().equals(method) && instead.call(arguments) != Proxy.class) {
                return null;
              }
              try {
                return called.invoke(volume, arguments);
              } catch (InvocationTargetException failed) {
                throw failed.getCause();
              }
            });
  }

  @Test
  void aRecordingKeepsTheBytesAsTheyWereWritten() throws IOException {
    try (var ram = zonefsj.device.emulated.RamZonedDevice.create(Drives.shape(0))) {
      RecordingDevice recording = new RecordingDevice(ram, change -> {});
      ByteBuffer source = ByteBuffer.allocate(4096).put(0, (byte) 7);
      recording.write(0, source);
      source.put(0, (byte) 8);
      assertThat(recording.changes()).hasSize(1);
      assertThat(((Write) recording.changes().get(0)).bytes()[0]).isEqualTo((byte) 7);
    }
  }
}
