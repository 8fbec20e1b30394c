// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceAccess;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;

/** A key file is opened once, as long as it stays as it is. */
final class OpenedKeysTest {
  private static final PassphraseSource NOBODY =
      file -> {
        throw new IOException("nobody was to be asked");
      };

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  private Path directory;

  @Test
  void aPassphraseIsNeededOnce() throws IOException {
    Path file = directory.resolve("k");
    KeyFile.create(file, "first".toCharArray());
    OpenedKeys keys = new OpenedKeys();
    PassphraseSource wrong = asked -> "wrong".toCharArray();
    assertThatThrownBy(() -> keys.open(KeyFile.read(file), wrong)).hasMessageContaining("wrong");
    XtsKey key = keys.open(KeyFile.read(file), asked -> "first".toCharArray());
    assertThat(keys.open(KeyFile.read(file), NOBODY)).isSameAs(key);
  }

  @Test
  void aChangedFileIsOpenedAnew() throws IOException {
    Path file = directory.resolve("k");
    KeyFile.create(file, "first".toCharArray());
    OpenedKeys keys = new OpenedKeys();
    keys.open(KeyFile.read(file), asked -> "first".toCharArray());
    KeyFile.rewrap(file, asked -> "first".toCharArray(), "second".toCharArray());
    assertThatThrownBy(() -> keys.open(KeyFile.read(file), NOBODY)).hasMessageContaining("nobody");
    Files.delete(file);
    KeyFile.create(file, null);
    assertThat(keys.open(KeyFile.read(file), NOBODY).id()).isEqualTo(KeyFile.read(file).id());
  }

  @Test
  void anotherProcessTakesKeysThatWereAskedFor() throws IOException {
    Path file = directory.resolve("k");
    Path plain = directory.resolve("plain");
    KeyFile.create(file, "secret".toCharArray());
    KeyFile.create(plain, null);
    DeviceSpec spec =
        DeviceSpec.parse(
            "mirror(crypt(" + file + ",/a),crypt(" + file + ",crypt(" + plain + ",/b)))");
    OpenedKeys here = new OpenedKeys();
    ProcessPassphrase nowhere = new ProcessPassphrase(Map.of());
    XtsKey key = here.open(KeyFile.read(file), asked -> "secret".toCharArray());
    byte[] handed = KeyHandover.ask(spec, nowhere, here);
    OpenedKeys there = new OpenedKeys();
    KeyHandover.accept(new ByteArrayInputStream(handed), there);
    XtsKey taken = there.open(KeyFile.read(file), NOBODY);
    assertThat(taken.id()).isEqualTo(key.id());
    assertThat(taken.bytes()).isEqualTo(key.bytes());
    byte[] torn = Arrays.copyOf(handed, handed.length - 1);
    assertThatThrownBy(() -> KeyHandover.accept(new ByteArrayInputStream(torn), there))
        .hasMessageContaining("did not arrive");
    // What a file holds, the other process reads by itself.
    PrivateFile.create(directory.resolve("k.pass"), "secret".getBytes(StandardCharsets.UTF_8));
    assertThat(KeyHandover.ask(spec, nowhere, here)).isEmpty();
  }

  @Test
  void aDriveIsOpenedAgainAfterThePassphraseIsGone() throws IOException {
    Path file = directory.resolve("k");
    Path beside = directory.resolve("k.pass");
    KeyFile.create(file, "secret".toCharArray());
    PrivateFile.create(beside, "secret\n".getBytes(StandardCharsets.UTF_8));
    DeviceSpec spec = DeviceSpec.parse("crypt(" + file + ",mem(1M,zone-size=64K))");
    DeviceOpening opening =
        new DeviceOpening(DeviceAccess.READ_WRITE, Creation.NONE, DeviceLookup.none(), 0);
    spec.open(opening).close();
    Files.delete(beside);
    spec.open(opening).close();
  }
}
