// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static zonefsj.tests.contract.Devices.BLOCK;
import static zonefsj.tests.contract.Devices.bytes;
import static zonefsj.tests.contract.Devices.read;
import static zonefsj.tests.contract.Devices.written;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.ZonedDevice;
import zonefsj.device.cache.CacheException;
import zonefsj.device.cache.CacheOptions;
import zonefsj.device.cache.CachedZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;

/** A cache in a file keeps the contract, and overwrites nothing else. */
class CachedFileTest extends CachedDriveContractTest {
  private static final long BUDGET = 1 << 20;

  private final AtomicInteger files = new AtomicInteger();

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  @Override
  CachedZonedDevice cache(ZonedDevice below, long budgetBytes, CacheOptions options)
      throws IOException {
    Path file = directory.resolve("cache" + files.incrementAndGet());
    return CachedZonedDevice.inFile(below, file, budgetBytes, options);
  }

  private static CachedZonedDevice open(ZonedDevice below, Path file) throws IOException {
    return CachedZonedDevice.inFile(below, file, BUDGET, CacheOptions.DEFAULT);
  }

  @Test
  void whatAnEarlierCacheHadIsNotUsed() throws IOException {
    Path file = directory.resolve("cache");
    try (CachedZonedDevice cached = open(written(), file)) {
      read(cached, start(4), 8 * BLOCK);
      assertThat(Files.size(file)).isBetween(8L * BLOCK, BUDGET + 4096);
    }
    RamZonedDevice other = RamZonedDevice.create(shape.geometry());
    other.write(start(4), blocks(8, 99));
    try (CachedZonedDevice cached = open(other, file)) {
      assertThat(Files.size(file)).isEqualTo(4096);
      assertThat(read(cached, start(4), 8 * BLOCK)).isEqualTo(bytes(blocks(8, 99)));
    }
  }

  @Test
  void filesThatAreNoCacheAreLeftAlone() throws IOException {
    Path file = directory.resolve("letters");
    byte[] content = {'d', 'e', 'a', 'r'};
    Files.write(file, content);
    refused(file, "is not overwritten");
    assertThat(Files.readAllBytes(file)).isEqualTo(content);
    refused(directory, "not a regular file");
    refused(directory.resolve("missing").resolve("cache"), "cannot be opened");
    Path used = directory.resolve("used");
    try (CachedZonedDevice cached = open(written(), used)) {
      refused(used, "in use");
      assertThat(read(cached, start(4), BLOCK)).hasSize(BLOCK);
    }
  }

  @Test
  void aFileThatWasNotFinishedIsTaken() throws IOException {
    Path file = directory.resolve("cache");
    open(written(), file).close();
    byte[] whole = Files.readAllBytes(file);
    for (byte[] unfinished : new byte[][] {{}, new byte[4096]}) {
      Files.write(file, unfinished);
      open(written(), file).close();
      assertThat(Files.readAllBytes(file)).isEqualTo(whole);
    }
    for (byte[] other : new byte[][] {new byte[4095], new byte[4097], {'Z', 'F', 'J'}}) {
      Files.write(file, other);
      refused(file, "is not overwritten");
      assertThat(Files.readAllBytes(file)).isEqualTo(other);
    }
  }

  @Test
  void whatIsCachedIsForNobodyElse() throws IOException {
    Path file = directory.resolve("cache");
    try (CachedZonedDevice cached = open(written(), file)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      read(cached, start(4), 8 * BLOCK);
      assertThat(Files.size(file)).isGreaterThan(8L * BLOCK);
    }
    assertThat(Files.size(file)).isEqualTo(4096);
    for (String mode : new String[] {"rw-r-----", "rw----r--", "rw--w----"}) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
      refused(file, "chmod 600 " + file);
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    open(written(), file).close();
    if (Files.getAttribute(file, "unix:uid").equals(0)) {
      // Only root can give a file to somebody, and can open somebody's file.
      Files.setAttribute(file, "unix:uid", 54321);
      refused(file, "belongs to user 54321");
    }
    assertThat(Files.size(file)).isEqualTo(4096);
  }

  private void refused(Path file, String words) {
    CacheException refusal =
        catchThrowableOfType(CacheException.class, () -> open(written(), file).close());
    assertThat(refusal).hasMessageContaining(words).hasMessageContaining(file.toString());
    assertThat(refusal.getMessage()).doesNotContain("\n");
  }
}
