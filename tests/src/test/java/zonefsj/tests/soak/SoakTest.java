package zonefsj.tests.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import zonefsj.fs.ErrnoException;

/** The short form: fixed seeds, some seconds each. */
final class SoakTest {
  private static final long VOLUME_SEED = 104;
  private static final int VOLUMES = 8;
  private static final long MOUNT_SEED = 200;
  private static final int MOUNTS = 6;
  private static final double SECONDS = 4;

  private final ByteArrayOutputStream words = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(words, true, StandardCharsets.UTF_8);

  @Test
  void volumesHoldUnderLoad() throws IOException, InterruptedException {
    soak("volume", VOLUME_SEED, VOLUMES);
  }

  @Test
  void mountsHoldUnderLoad() throws IOException, InterruptedException {
    soak("mount", MOUNT_SEED, MOUNTS);
  }

  @Test
  void aNearlyFullDriveIsOverwrittenTwice() throws IOException, InterruptedException {
    SoakShape shape = SoakShape.plain(128, 1 << 20);
    SoakSubject subject =
        SoakSubjects.open(
            "volume",
            Files.createTempDirectory("zj").toRealPath(),
            shape,
            SoakSettings.DEFAULT,
            SoakFaults.NONE);
    OverwriteRun run = new OverwriteRun(new OverwriteCase("128x1M", 95, 100, 2), subject, 1, out);
    String failed = "";
    try {
      System.out.println("soak: " + run.run(2 * shape.sizeBytes()));
    } catch (SoakFailure | ErrnoException found) {
      failed = String.valueOf(found.getMessage());
    } finally {
      subject.end();
    }
    assertThat(failed).isEmpty();
  }

  private void soak(String subject, long seed, int count) throws InterruptedException {
    long failed = new SoakProof(subject, SECONDS, out).run(seed, count, null, 0);
    String report = words.toString(StandardCharsets.UTF_8);
    System.out.print(report);
    assertThat(failed).as(report).isZero();
  }
}
