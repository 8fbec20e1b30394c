// SPDX-License-Identifier: Apache-2.0
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Makes the jars of a package, in place: takes the native libraries of other machines out of all
 * jars, and the modes of the files that were packed, which depend on the umask of the build, out of
 * our own. Everything else stays the very bytes of the jar, also compressed. The SBOM gets the new
 * SHA-256 of each jar that changes. It runs from source: {@code java PackJars.java MACHINE SBOM
 * DIRECTORY...}.
 */
final class PackJars {
  /** How the libraries call a machine: RocksDB, JNA, jffi, Netty. */
  private static final Map<String, Pattern> NATIVES =
      Map.of(
          "amd64",
          Pattern.compile(
              "librocksdbjni-linux64\\.so|com/sun/jna/linux-x86-64/.*|jni/x86_64-Linux/.*"
                  + "|META-INF/native/.*_linux_x86_64\\.so|META-INF/native/.*_epoll_x86_64\\.so"),
          "arm64",
          Pattern.compile(
              "librocksdbjni-linux-aarch64\\.so|com/sun/jna/linux-aarch64/.*|jni/aarch64-Linux/.*"
                  + "|META-INF/native/.*_linux_aarch_64\\.so|META-INF/native/.*_epoll_aarch_64\\.so"));

  private static final Pattern NATIVE = Pattern.compile(".*\\.(so|dll|a|dylib|jnilib)");

  private static final int END = 0x06054b50;
  private static final int END_BYTES = 22;
  private static final int CENTRAL = 0x02014b50;
  private static final int CENTRAL_BYTES = 46;
  private static final int LOCAL = 0x04034b50;
  private static final int LOCAL_BYTES = 30;

  /** Bit of the flags: sizes and checksum stand behind the content. */
  private static final int DESCRIPTOR = 8;

  private static final int MADE_ON_UNIX = 3 << 8;
  private static final int FILE_MODE = 0100644;
  private static final int DIRECTORY_MODE = 040755;

  private final Pattern wanted;
  private boolean stripped;

  private PackJars(Pattern wanted) {
    this.wanted = wanted;
  }

  public static void main(String[] args) throws IOException {
    Pattern wanted = NATIVES.get(args[0]);
    if (wanted == null) {
      throw new IllegalArgumentException("no machine of " + NATIVES.keySet() + ": " + args[0]);
    }
    Path sbom = Path.of(args[1]);
    String components = Files.readString(sbom);
    for (String directory : List.of(args).subList(2, args.length)) {
      List<Path> jars;
      try (Stream<Path> files = Files.walk(Path.of(directory))) {
        jars = files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
      }
      for (Path jar : jars) {
        components = new PackJars(wanted).pack(jar, components);
      }
    }
    Files.writeString(sbom, components);
  }

  /** Returns the SBOM with what it says of the jar now. */
  private String pack(Path jar, String components) throws IOException {
    ByteBuffer before = ByteBuffer.wrap(Files.readAllBytes(jar)).order(ByteOrder.LITTLE_ENDIAN);
    boolean own = jar.getFileName().toString().startsWith("zonefsj-");
    byte[] after = rewrite(jar, before, own);
    if (!stripped && !own) {
      return components;
    }
    String sha256 = sha256(before.array());
    String line = "\"content\": \"" + sha256 + "\"}]";
    if (!components.contains(line)) {
      throw new IOException("the SBOM has no SHA-256 " + sha256 + " of " + jar);
    }
    Files.write(jar, after);
    return components.replace(
        line,
        "\"content\": \""
            + sha256(after)
            + "\"}]"
            + (stripped
                ? ", \"pedigree\": {\"notes\": \"without the native libraries of other machines\"}"
                : ""));
  }

  private byte[] rewrite(Path jar, ByteBuffer in, boolean own) throws IOException {
    int end = in.capacity() - END_BYTES;
    while (end >= 0 && in.getInt(end) != END) {
      end--;
    }
    if (end < 0 || in.getShort(end + 10) == -1 || in.getInt(end + 16) == -1) {
      throw new IOException(jar + " is no jar, or one with more than 65534 entries or 4 GiB");
    }
    int entries = Short.toUnsignedInt(in.getShort(end + 10));
    int at = in.getInt(end + 16);
    ByteArrayOutputStream out = new ByteArrayOutputStream(in.capacity());
    ByteArrayOutputStream directory = new ByteArrayOutputStream();
    int kept = 0;
    for (int i = 0; i < entries; i++) {
      if (in.getInt(at) != CENTRAL) {
        throw new IOException(jar + " has no entry at " + at);
      }
      int nameBytes = Short.toUnsignedInt(in.getShort(at + 28));
      int extraBytes = Short.toUnsignedInt(in.getShort(at + 30));
      int commentBytes = Short.toUnsignedInt(in.getShort(at + 32));
      int length = CENTRAL_BYTES + nameBytes + extraBytes + commentBytes;
      String name =
          new String(in.array(), at + CENTRAL_BYTES, nameBytes, StandardCharsets.UTF_8);
      if (NATIVE.matcher(name).matches() && !wanted.matcher(name).matches()) {
        stripped = true;
      } else {
        ByteBuffer entry = copy(in, at, length);
        entry.putInt(42, out.size());
        entry.putShort(8, (short) (entry.getShort(8) & ~DESCRIPTOR));
        if (own) {
          int mode = name.endsWith("/") ? DIRECTORY_MODE : FILE_MODE;
          entry.putShort(4, (short) (MADE_ON_UNIX | entry.getShort(4) & 0xff));
          entry.putInt(38, mode << 16 | entry.getInt(38) & 0xffff);
        }
        writeContent(in, entry, in.getInt(at + 42), out);
        directory.write(entry.array(), 0, length);
        kept++;
      }
      at += length;
    }
    ByteBuffer last = copy(in, end, in.capacity() - end);
    last.putShort(8, (short) kept).putShort(10, (short) kept);
    last.putInt(12, directory.size()).putInt(16, out.size());
    directory.writeTo(out);
    out.writeBytes(last.array());
    return out.toByteArray();
  }

  /** Sizes and checksum stand before the content, as the directory has them. */
  private static void writeContent(
      ByteBuffer in, ByteBuffer entry, int from, ByteArrayOutputStream out) throws IOException {
    if (in.getInt(from) != LOCAL) {
      throw new IOException("no content at " + from);
    }
    int head =
        LOCAL_BYTES
            + Short.toUnsignedInt(in.getShort(from + 26))
            + Short.toUnsignedInt(in.getShort(from + 28));
    ByteBuffer local = copy(in, from, head);
    local.putShort(6, entry.getShort(8));
    local.putInt(14, entry.getInt(16)).putInt(18, entry.getInt(20)).putInt(22, entry.getInt(24));
    out.write(local.array(), 0, head);
    out.write(in.array(), from + head, entry.getInt(20));
  }

  private static ByteBuffer copy(ByteBuffer in, int from, int length) {
    byte[] bytes = new byte[length];
    in.get(from, bytes);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new UncheckedIOException(new IOException(e));
    }
  }
}
