// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static zonefsj.tests.cli.Commands.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.crypt.KeyFile;
import zonefsj.device.crypt.PassphraseSource;

/** Key files, by the command. */
final class KeyTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  Path directory;

  private Path secret(String name, String passphrase) throws IOException {
    Path file = directory.resolve(name);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.writeString(file, passphrase + "\n");
  }

  @Test
  void aKeyIsMadeAndItsPassphraseChanged() throws IOException {
    Path key = directory.resolve("k");
    String made = run("key", "create", key).ok();
    String id = KeyFile.read(key).id().toString();
    assertThat(made).isEqualTo("key " + id + ", without a passphrase\n");
    assertThat(run("key", "create", key).failure(1)).contains("exists already");

    Path first = secret("first", "one");
    Path second = secret("second", "two");
    assertThat(run("key", "change", key, "--new-passphrase-file", first).ok())
        .isEqualTo("key " + id + ", with a passphrase\n");
    assertThat(
            run("key", "change", key, "--old-passphrase-file", second, "--no-passphrase")
                .failure(1))
        .contains("wrong passphrase");
    run("key", "change", key, "--old-passphrase-file", first, "--new-passphrase-file", second).ok();
    KeyFile changed = KeyFile.read(key);
    assertThat(changed.open(PassphraseSource.ofFile(second)).id()).hasToString(id);
    assertThatThrownBy(() -> changed.open(PassphraseSource.ofFile(first)))
        .hasMessageContaining("wrong passphrase");
    assertThat(run("key", "change", key, "--old-passphrase-file", second, "--no-passphrase").ok())
        .isEqualTo("key " + id + ", without a passphrase\n");
  }

  @Test
  void whatMakesNoSenseIsWrongUsage() {
    Path key = directory.resolve("k");
    assertThat(run("key", "creat", key).failure(2)).contains("'create'");
    assertThat(run("key", "create", key, "--no-passphrase").failure(2)).contains("new key");
    assertThat(run("key", "change", key, "--passphrase").failure(2)).contains("change");
    assertThat(run("key", "change", key).failure(1)).contains("zonefs-j key create " + key);
    assertThat(key).doesNotExist();
  }

  @Test
  void anEncryptedDriveIsFormatted() {
    Path key = directory.resolve("k");
    Path image = directory.resolve("d.img");
    run("key", "create", key).ok();
    run("create", image, "--size", "256M").ok();
    String spec = "crypt(" + key + "," + image + ")";
    run("mkfs", spec).ok();
    assertThat(run("info", spec).ok()).contains("aes-256-xts");
    assertThat(run("zones", image).ok()).isNotEmpty();
  }
}
