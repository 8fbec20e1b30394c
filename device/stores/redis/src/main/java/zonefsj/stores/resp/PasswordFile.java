// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.resp;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import zonefsj.device.spec.DeviceSpecException;
import zonefsj.device.spec.SpecArguments;
import zonefsj.device.spec.SpecWord;
import zonefsj.stores.StoreRefusedException;

/**
 * A file whose first line is a password: what stands in a command, all users of a host can see.
 *
 * @param path where it is
 */
public record PasswordFile(Path path) {
  /** How the option is written. */
  public static final String SYNTAX = "[,password-file=PATH]";

  private static final int MOST_BYTES = 4096;

  /** The file that is given as an option. */
  public static Optional<PasswordFile> parse(SpecArguments arguments) throws DeviceSpecException {
    Optional<SpecWord> password = arguments.option("password");
    if (password.isPresent()) {
      throw arguments.refuse(
          password.orElseThrow(),
          "all users of this host can see what a command is given: write the password into a file,"
              + " and give password-file=PATH");
    }
    Optional<SpecWord> file = arguments.option("password-file");
    try {
      return file.map(word -> new PasswordFile(Path.of(word.text())));
    } catch (InvalidPathException e) {
      throw arguments.refuse(file.orElseThrow(), "password-file is not a path: " + e.getReason());
    }
  }

  /** The same file, seen from anywhere. */
  public PasswordFile absolute() {
    return new PasswordFile(path.toAbsolutePath());
  }

  /** The option, after a comma. */
  public String words() {
    return ",password-file=" + SpecWord.quoted(path.toString());
  }

  /**
   * Reads it.
   *
   * @throws StoreRefusedException if it is not there, or has no password
   */
  public String read() throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] bytes = in.readNBytes(MOST_BYTES);
      String password = new String(bytes, StandardCharsets.UTF_8).lines().findFirst().orElse("");
      if (password.isEmpty()) {
        throw new StoreRefusedException(
            "the first line of the password file " + path + " is empty", null);
      }
      return password;
    } catch (NoSuchFileException | AccessDeniedException e) {
      throw new StoreRefusedException("the password file " + path + " cannot be read", e);
    }
  }
}
