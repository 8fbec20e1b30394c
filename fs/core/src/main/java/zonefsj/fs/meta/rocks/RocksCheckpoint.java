// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import zonefsj.device.ByteSize;
import zonefsj.fs.HostException;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.CheckpointContent;

/**
 * An image of format "rocksdb-sst-1": the files of a RocksDB database without a log, with their
 * RocksDB names: {@code CURRENT}, one {@code MANIFEST-N}, and the {@code N.sst} that it names.
 * {@link RocksSettings} defines the format of the tables.
 */
final class RocksCheckpoint implements CheckpointContent {
  static final String FORMAT = "rocksdb-sst-1";

  private static final Pattern TABLE = Pattern.compile("[0-9]{1,20}\\.sst");
  private static final Pattern OTHER = Pattern.compile("CURRENT|MANIFEST-[0-9]{1,20}");

  private final IndexDirectory index;
  private final Path links;
  private final AppliedPosition mark;
  private final List<FileInfo> files;

  RocksCheckpoint(IndexDirectory index, Path links, AppliedPosition mark, List<FileInfo> files) {
    this.index = index;
    this.links = links;
    this.mark = mark;
    this.files = List.copyOf(files);
  }

  @Override
  public String format() {
    return FORMAT;
  }

  @Override
  public AppliedPosition mark() {
    return mark;
  }

  @Override
  public List<FileInfo> files() {
    return files;
  }

  /**
   * {@inheritDoc}
   *
   * <p>The read that returns the last byte fails if the content does not have the hash: the file
   * may have been verified long ago, and damaged on the host since.
   */
  @Override
  public InputStream open(FileInfo file) throws IOException {
    if (!files.contains(file)) {
      throw new IOException("the checkpoint has no file " + file.name());
    }
    return new HashedInput(new HostInput(links.resolve(file.name())), file);
  }

  /** Compares the hash of what is read with the hash in the description. */
  private final class HashedInput extends InputStream {
    private final DigestInputStream in;
    private final FileInfo file;
    private long left;

    HashedInput(InputStream in, FileInfo file) {
      this.in = new DigestInputStream(in, sha256());
      this.file = file;
      this.left = file.sizeBytes();
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int read = in.read(bytes, offset, length);
      if (read > 0) {
        left -= read;
        check();
      }
      return read;
    }

    private void check() throws IOException {
      if (left == 0
          && !HexFormat.of().formatHex(in.getMessageDigest().digest()).equals(file.contentHash())) {
        String what = file.name() + " is not what it was when it was verified";
        index.noteDamage(what);
        throw new IOException(index + " is damaged: " + what);
      }
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  @Override
  public void close() throws IOException {
    HostException.doAt(links, () -> IndexDirectory.deleteTree(links));
  }

  /** An input file on the host; its failures are reported as failures of the host. */
  private static final class HostInput extends InputStream {
    private final Path path;
    private final InputStream in;

    HostInput(Path path) throws HostException {
      this.path = path;
      this.in = HostException.at(path, () -> Files.newInputStream(path));
    }

    @Override
    public int read() throws HostException {
      return HostException.at(path, in::read);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws HostException {
      return HostException.at(path, () -> in.read(bytes, offset, length));
    }

    @Override
    public void close() throws HostException {
      HostException.doAt(path, in::close);
    }
  }

  static boolean isTable(String name) {
    return TABLE.matcher(name).matches();
  }

  static boolean isPartOfImage(String name) {
    return isTable(name) || OTHER.matcher(name).matches();
  }

  /** SHA-256 of a file, in hexadecimal digits. */
  static String hash(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return copy(in, OutputStream.nullOutputStream());
    }
  }

  /**
   * Reads a file of an image into memory.
   *
   * @throws IOException also if its size or its hash differs from the content's description
   */
  static byte[] read(CheckpointContent content, FileInfo file) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    String hash;
    try (InputStream in = content.open(file)) {
      hash = copy(in, out);
    }
    if (out.size() != file.sizeBytes() || !hash.equals(file.contentHash())) {
      throw mismatch(file);
    }
    return out.toByteArray();
  }

  /**
   * Writes an image's files into an empty directory and makes them durable.
   *
   * @throws HostException if the host cannot hold them, which is checked first
   * @throws IOException if a name, a size or a hash differs from the content's description
   */
  static void extract(CheckpointContent content, Path directory) throws IOException {
    // First: a full filesystem would also disturb other programs.
    Path parent = Objects.requireNonNull(directory.getParent());
    checkRoom(content, parent, directory.toFile().getUsableSpace());
    Set<String> names = new HashSet<>();
    for (FileInfo file : content.files()) {
      // The names come from the drive: none may lead out of the directory.
      if (!isPartOfImage(file.name()) || !names.add(file.name())) {
        throw new IOException("the checkpoint has a file that it cannot have: " + file.name());
      }
      Path target = directory.resolve(file.name());
      String hash;
      try (InputStream in = content.open(file);
          HostFile out = new HostFile(target)) {
        hash = copy(in, out);
      }
      if (HostException.at(directory, () -> Files.size(target)) != file.sizeBytes()
          || !hash.equals(file.contentHash())) {
        throw mismatch(file);
      }
      HostException.doAt(directory, () -> IndexDirectory.sync(target));
    }
    HostException.doAt(directory, () -> IndexDirectory.sync(directory));
  }

  /**
   * Reads all files.
   *
   * @throws IOException if one cannot be read, or its size or its hash differs from the content's
   *     description
   */
  static void verify(CheckpointContent content) throws IOException {
    for (FileInfo file : content.files()) {
      try (DigestInputStream in = new DigestInputStream(content.open(file), sha256())) {
        long bytes = in.transferTo(OutputStream.nullOutputStream());
        String hash = HexFormat.of().formatHex(in.getMessageDigest().digest());
        if (bytes != file.sizeBytes() || !hash.equals(file.contentHash())) {
          throw mismatch(file);
        }
      }
    }
  }

  private static IOException mismatch(FileInfo file) {
    return new IOException("the checkpoint's file " + file.name() + " does not match its hash");
  }

  /**
   * Checks that an image fits.
   *
   * @param host an existing directory of the filesystem
   * @param free bytes
   * @throws HostException if it does not
   */
  static void checkRoom(CheckpointContent content, Path host, long free) throws HostException {
    long needed = content.files().stream().mapToLong(FileInfo::sizeBytes).sum();
    // Some memory filesystems report no size.
    if (host.toFile().getTotalSpace() > 0 && free < needed) {
      throw HostException.full(
          host,
          ": the index takes "
              + ByteSize.approximate(needed)
              + " and as much again while it is made, there are "
              + ByteSize.approximate(free));
    }
  }

  /** An output file on the host; its failures are reported as failures of the host. */
  private static final class HostFile extends OutputStream {
    private final Path path;
    private final OutputStream out;

    HostFile(Path path) throws HostException {
      this.path = path;
      this.out = HostException.at(path, () -> Files.newOutputStream(path));
    }

    @Override
    public void write(int oneByte) throws HostException {
      HostException.doAt(path, () -> out.write(oneByte));
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws HostException {
      HostException.doAt(path, () -> out.write(bytes, offset, length));
    }

    @Override
    public void close() throws HostException {
      HostException.doAt(path, out::close);
    }
  }

  private static String copy(InputStream in, OutputStream out) throws IOException {
    DigestInputStream digesting = new DigestInputStream(in, sha256());
    byte[] buffer = new byte[128 << 10];
    for (int n = digesting.read(buffer); n >= 0; n = digesting.read(buffer)) {
      out.write(buffer, 0, n);
    }
    return HexFormat.of().formatHex(digesting.getMessageDigest().digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
