// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What users do to the mount namespaces that a daemon looks into. */
class NamespaceSearchTest {
  private static final String DEVICE = "0:77";

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path proc;

  @BeforeEach
  void makeProcesses() throws IOException {
    process("self", "mnt:[0]");
    for (int pid = 1; pid <= 5; pid++) {
      Path process = process("" + pid, "mnt:[" + pid + "]");
      Files.writeString(process.resolve("comm"), "p" + pid + "\n");
      Files.writeString(process.resolve("mountinfo"), "7 1 " + DEVICE + " / /m rw - t c rw\n");
    }
  }

  private Path process(String name, String namespace) throws IOException {
    Path process = proc.resolve(name);
    Files.createDirectories(process.resolve("ns"));
    Files.createSymbolicLink(process.resolve("ns/mnt"), Path.of(namespace));
    return process;
  }

  @Test
  void oneProcessOfEachOtherNamespaceIsFound() throws IOException {
    process("6", "mnt:[5]");
    process("7", "mnt:[0]");
    NamespaceSearch search = new NamespaceSearch(proc, System::nanoTime);
    assertThat(search.find(DEVICE, 4)).hasSize(4);
    assertThat(search.find("0:7", 4)).isEmpty();
  }

  @Test
  void aTableWithoutAnEndHidesNoOther() throws IOException {
    for (String pid : new String[] {"1", "2", "4", "5"}) {
      Path table = proc.resolve(pid + "/mountinfo");
      Files.delete(table);
      Files.createSymbolicLink(table, Path.of("/dev/zero"));
    }
    assertThat(new NamespaceSearch(proc, System::nanoTime).find(DEVICE, 4))
        .containsExactly("p3 (process 3)");
  }

  @Test
  void theSearchEndsInTime() throws IOException {
    AtomicLong now = new AtomicLong(Long.MAX_VALUE);
    NamespaceSearch search = new NamespaceSearch(proc, () -> now.getAndAdd(400_000_000));
    assertThat(search.find(DEVICE, 5)).hasSize(2);
  }
}
