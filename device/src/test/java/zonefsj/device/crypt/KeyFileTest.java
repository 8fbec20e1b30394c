// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import zonefsj.device.DeviceAccess;
import zonefsj.device.StackedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceLookup;
import zonefsj.device.spec.DeviceOpening;
import zonefsj.device.spec.DeviceSpec;

/** Key files: private, whole, and of one key for good. */
class KeyFileTest {
  private static final PassphraseSource NOBODY =
      file -> {
        throw new IOException("nobody was to be asked");
      };

  @TempDir
  @SuppressWarnings("NullAway.Init") // set before each test
  private Path directory;

  private Path file = Path.of("");

  @BeforeEach
  void choose() {
    file = directory.resolve("k");
  }

  private static PassphraseSource says(String passphrase) {
    return file -> passphrase.toCharArray();
  }

  @Test
  void aNewFileIsPrivateAndOpens() throws IOException {
    KeyFile.create(file, null);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(Files.readAllLines(file).get(0)).isEqualTo("zonefs-j key 1");
    KeyFile key = KeyFile.read(file);
    assertThat(key.needsPassphrase()).isFalse();
    assertThat(key.open(NOBODY).id()).isEqualTo(key.id());
    byte[] before = Files.readAllBytes(file);
    assertThatThrownBy(() -> KeyFile.create(file, null)).hasMessageContaining("exists already");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void aFileThatOthersMayReadIsRefused() throws IOException {
    KeyFile.create(file, null);
    for (String mode : new String[] {"rw-r-----", "rw----r--", "rw--w----"}) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
      assertThatThrownBy(() -> KeyFile.read(file)).hasMessageContaining("chmod 600 " + file);
    }
  }

  @Test
  void theFileThatIsCheckedIsTheOneThatIsRead() throws IOException {
    Path mine = secret("mine", "mine");
    Path other = Files.writeString(directory.resolve("other"), "of somebody else");
    Runnable swap =
        () -> {
          try {
            Files.move(other, mine, StandardCopyOption.REPLACE_EXISTING);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        };
    assertThat(PrivateFile.read(mine, swap)).isEqualTo("mine".getBytes(StandardCharsets.UTF_8));
    assertThat(mine).hasContent("of somebody else");
  }

  @Test
  void aMissingFileSaysHowToMakeOne() {
    assertThatThrownBy(() -> KeyFile.read(file))
        .hasMessageContaining("'zonefs-j key create " + file + "'");
  }

  @Test
  void aWrongPassphraseIsTold() throws IOException {
    KeyFile.create(file, "right".toCharArray());
    KeyFile key = KeyFile.read(file);
    assertThat(key.needsPassphrase()).isTrue();
    assertThat(key.open(says("right")).id()).isEqualTo(key.id());
    assertThatThrownBy(() -> key.open(says("wrong"))).hasMessage(file + ": wrong passphrase");
    assertThatThrownBy(() -> key.open(says(""))).hasMessage(file + ": wrong passphrase");
    assertThatThrownBy(() -> KeyFile.create(directory.resolve("e"), new char[0]))
        .hasMessageContaining("empty");
    assertThat(directory.resolve("e")).doesNotExist();
  }

  @Test
  void anotherPassphraseLeavesTheKey() throws IOException {
    KeyFile.create(file, null);
    XtsKey key = KeyFile.read(file).open(NOBODY);
    KeyFile.rewrap(file, NOBODY, "first".toCharArray());
    assertThat(Files.readString(file)).contains("kind: passphrase").doesNotContain("key: ");
    KeyFile.rewrap(file, says("first"), "second".toCharArray());
    assertThatThrownBy(() -> KeyFile.read(file).open(says("first"))).hasMessageContaining("wrong");
    assertThatThrownBy(() -> KeyFile.rewrap(file, says("first"), null))
        .hasMessageContaining("wrong");
    XtsKey same = KeyFile.read(file).open(says("second"));
    assertThat(same.id()).isEqualTo(key.id());
    assertThat(same.data()).isEqualTo(key.data());
    assertThat(same.tweak()).isEqualTo(key.tweak());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left).containsExactly(file);
    }
  }

  @Test
  void damageIsToldFromAWrongPassphrase() throws IOException {
    KeyFile.create(file, "right".toCharArray());
    byte[] whole = Files.readAllBytes(file);
    int begin = KeyText.FIRST_LINE.length() + 1;
    for (int at = begin; at < whole.length; at += 7) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 1;
      Files.write(file, damaged);
      assertThatThrownBy(() -> KeyFile.read(file)).hasMessageContaining("damaged");
    }
    Files.write(file, Arrays.copyOf(whole, whole.length - 3));
    assertThatThrownBy(() -> KeyFile.read(file)).hasMessageContaining("damaged");
    Files.writeString(file, "zonefs-j key 2\n");
    assertThatThrownBy(() -> KeyFile.read(file)).hasMessageContaining("newer");
    Files.writeString(file, "anything");
    assertThatThrownBy(() -> KeyFile.read(file)).hasMessageContaining("no key file");
  }

  @Test
  void whereThePassphraseComesFrom() throws IOException {
    Path named = secret("named", "of the variable\nnot this\n");
    Path credentials = Files.createDirectory(directory.resolve("credentials"));
    Files.writeString(credentials.resolve("k"), "of the service");
    Map<String, String> service = Map.of("CREDENTIALS_DIRECTORY", credentials.toString());
    assertThat(new ProcessPassphrase(service).read(file))
        .containsExactly("of the service".toCharArray());
    Path beside = secret("k.pass", "beside ä\r\n");
    assertThat(new ProcessPassphrase(service).read(file)).containsExactly("beside ä".toCharArray());
    assertThat(
            new ProcessPassphrase(Map.of("ZONEFSJ_PASSPHRASE_FILE", named.toString())).read(file))
        .containsExactly("of the variable".toCharArray());
    Files.setPosixFilePermissions(beside, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> new ProcessPassphrase(Map.of()).read(file))
        .hasMessageContaining("chmod 600 " + beside);
    Files.delete(named);
    assertThatThrownBy(() -> PassphraseSource.ofFile(named).read(file))
        .hasMessageContaining("no such file");
  }

  /** Whoever made it may never write to it. */
  @Test
  @Timeout(60)
  void aPipeOfSomebodyElseIsNotWaitedFor() throws Exception {
    Path pipe = directory.resolve("k");
    assertThat(new ProcessBuilder("mkfifo", "-m", "644", pipe.toString()).start().waitFor())
        .isZero();
    Map<String, String> service = Map.of("CREDENTIALS_DIRECTORY", directory.toString());
    assertThatThrownBy(() -> new ProcessPassphrase(service).read(Path.of("/other/k")))
        .hasMessageContaining("this is no file");
    Map<String, String> named = Map.of("ZONEFSJ_PASSPHRASE_FILE", pipe.toString());
    assertThatThrownBy(() -> new ProcessPassphrase(named).read(file))
        .hasMessageContaining("others have access");
  }

  private Path secret(String name, String content) throws IOException {
    Path made = directory.resolve(name);
    PrivateFile.create(made, content.getBytes(StandardCharsets.UTF_8));
    return made;
  }

  @Test
  void aSpecNamesFileAndDrive() throws IOException {
    KeyFile.create(file, null);
    DeviceSpec spec = DeviceSpec.parse("crypt( " + file + " , mem(1M, zone-size=64K))");
    DeviceSpec again = DeviceSpec.parse(spec.toString());
    assertThat(again).isEqualTo(spec);
    assertThat(DeviceSpec.parse("crypt(/k,/a)")).hasToString("crypt(/k,/a)");
    assertThat(DeviceSpec.parse("crypt(\"/k,1\",/a)")).hasToString("crypt(\"/k,1\",/a)");
    assertThat(DeviceSpec.parse("crypt(k,/a)").absolute(DeviceLookup.none()))
        .hasToString("crypt(" + Path.of("k").toAbsolutePath() + ",/a)");
    assertThatThrownBy(() -> DeviceSpec.parse("crypt(/k)"))
        .hasMessageContaining("crypt(KEYFILE, SPEC)");
    DeviceOpening opening =
        new DeviceOpening(DeviceAccess.READ_WRITE, Creation.NONE, DeviceLookup.none(), 0);
    try (ZonedDevice drive = spec.open(opening)) {
      assertThat(((StackedDevice) drive).state())
          .startsWith("aes-256-xts, key " + KeyFile.read(file).id() + ", by ");
    }
    assertThatThrownBy(() -> DeviceSpec.parse("crypt(/no/k,mem:1M)").open(opening))
        .hasMessageContaining("zonefs-j key create /no/k");
  }
}
