// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.hadoop.client;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.BlockLocation;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.ParentNotDirectoryException;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.BlockMissingException;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.util.functional.RemoteIterators;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.stores.ObjectMissingException;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.ObjectTooLongException;
import zonefsj.stores.ObjectUnreadableException;
import zonefsj.stores.StoreRefusedException;

/**
 * Objects in the files of a directory of HDFS or Ozone.
 *
 * <p>An object is written under another name, in {@code tmp}, and renamed: a rename onto a name
 * that is taken fails, and one of several onto a free one succeeds ({@code FSDirRenameOp} of HDFS;
 * {@code OMKeyRenameRequest} of Ozone). So a put costs four requests to the server of names, and a
 * read one. A put that was cut off may leave a file in {@code tmp}; files there that are a day old
 * are deleted when the first object is put.
 *
 * <p>HDFS syncs each block as it ends ({@code SYNC_BLOCK}), and its entry in the directory of the
 * datanode with it, which an hsync before the end does not (HDFS-5042). Datanodes of Ozone sync if
 * they are set up so ({@code hdds.container.chunk.write.sync}); no request of a client, hsync
 * neither, makes them.
 *
 * <p>Only the put of an object at the top makes the directory itself: if it is deleted afterwards,
 * every put fails.
 *
 * <p>Thread-safe. The client ends a request within some minutes.
 */
final class HadoopStore implements ObjectStore {
  private static final Logger LOG = LoggerFactory.getLogger(HadoopStore.class);
  private static final String TEMPORARY = "tmp";
  private static final Pattern TEMPORARY_NAME =
      Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  private static final long OLD_MILLIS = 86_400_000;
  private static final long MAX_OBJECT_BYTES = 64L << 20;
  private static final int BUFFER_BYTES = 64 << 10;

  private static final FsPermission DIRECTORY = new FsPermission((short) 0700);
  private static final FsPermission FILE = new FsPermission((short) 0600);

  private final FileSystem files;
  private final Path root;
  private final Optional<Path> parent;
  private final String words;
  private final boolean readOnly;

  /** Directories that are there. */
  private final Set<Path> made = ConcurrentHashMap.newKeySet();

  /**
   * Does not connect yet.
   *
   * @param files owned from now on
   * @param parent a directory that is never made; of Ozone, a bucket would be
   * @param words what the store is called
   */
  HadoopStore(FileSystem files, Path root, Optional<Path> parent, String words, boolean readOnly) {
    this.files = files;
    this.root = root;
    this.parent = parent;
    this.words = words;
    this.readOnly = readOnly;
  }

  @Override
  public long maxObjectBytes() {
    return MAX_OBJECT_BYTES;
  }

  @Override
  public boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException {
    requireWritable();
    return ModuleLoader.call(() -> put(name, sources));
  }

  private boolean put(String name, ByteBuffer... sources) throws IOException {
    Path target = new Path(root, name);
    Path temporary = new Path(new Path(root, TEMPORARY), UUID.randomUUID().toString());
    try {
      makeDirectory(target.getParent(), target.getParent().equals(root));
      makeDirectory(temporary.getParent(), false);
    } catch (IOException | RuntimeException e) {
      throw withoutEffect(e, name);
    }
    boolean renamed = false;
    boolean created = false;
    try {
      try (FSDataOutputStream out = create(temporary)) {
        created = true;
        write(out, sources);
      } catch (IOException | RuntimeException e) {
        throw withoutEffect(e, name);
      }
      renamed = rename(temporary, target);
      return renamed;
    } finally {
      if (created && !renamed) {
        deleteQuietly(temporary);
      }
    }
  }

  /** Somebody may have deleted a directory: the next attempt makes it again. */
  private IOException withoutEffect(Exception e, String name) {
    made.clear();
    return HadoopErrors.withoutEffect(e, words + ": " + name);
  }

  private FSDataOutputStream create(Path file) throws IOException {
    return files.createNonRecursive(
        file,
        FILE,
        EnumSet.of(CreateFlag.CREATE, CreateFlag.SYNC_BLOCK),
        BUFFER_BYTES,
        files.getDefaultReplication(file),
        files.getDefaultBlockSize(file),
        null);
  }

  private static void write(FSDataOutputStream out, ByteBuffer... sources) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    for (ByteBuffer source : sources) {
      ByteBuffer left = source.duplicate();
      while (left.hasRemaining()) {
        int length = Math.min(buffer.length, left.remaining());
        left.get(buffer, 0, length);
        out.write(buffer, 0, length);
      }
    }
  }

  /** What fails here is no refusal: the name may have been given. */
  private boolean rename(Path temporary, Path target) throws IOException {
    try {
      if (files instanceof DistributedFileSystem hdfs) {
        return renameOnHdfs(hdfs, temporary, target);
      }
      if (files.rename(temporary, target)) {
        requireFile(files.getFileStatus(target));
        return true;
      }
      if (isThere(target)) {
        return false;
      }
    } catch (IOException | RuntimeException e) {
      throw new IOException(words + ": " + target.getName() + ": " + HadoopErrors.firstLine(e), e);
    }
    made.clear();
    throw new IOException(words + ": " + target.getName() + " could not be renamed");
  }

  private boolean renameOnHdfs(DistributedFileSystem hdfs, Path temporary, Path target)
      throws IOException {
    try {
      hdfs.rename(temporary, target, Options.Rename.NONE);
      return true;
    } catch (FileAlreadyExistsException taken) {
      LOG.trace("{} is taken", target, taken);
      return false;
    } catch (FileNotFoundException | ParentNotDirectoryException e) {
      made.clear();
      throw e;
    }
  }

  /** Into a directory, a file would be moved. */
  private void requireFile(FileStatus file) throws IOException {
    if (!file.isFile()) {
      throw new IOException(words + ": " + file.getPath().getName() + " is no file");
    }
  }

  private boolean isThere(Path path) throws IOException {
    try {
      return files.getFileStatus(path) != null;
    } catch (FileNotFoundException none) {
      LOG.trace("{} is not there", path, none);
      return false;
    }
  }

  /**
   * Makes a directory unless it is there.
   *
   * @param andRoot whether that of the store may be made, too
   */
  private void makeDirectory(Path directory, boolean andRoot) throws IOException {
    if (made.contains(directory)) {
      return;
    }
    if (!andRoot && !isThere(root)) {
      throw new StoreRefusedException(words + ": there is no such directory", null);
    }
    if (andRoot && parent.isPresent() && !isThere(parent.orElseThrow())) {
      throw new StoreRefusedException(
          words + ": there is no " + parent.orElseThrow().toUri().getPath(), null);
    }
    if (!files.mkdirs(directory, DIRECTORY)) {
      throw new IOException(words + ": " + directory + " could not be made");
    }
    made.add(directory);
  }

  @Override
  public void deleteLeftovers() {
    try {
      ModuleLoader.call(this::deleteOld);
    } catch (IOException | RuntimeException e) {
      LOG.debug("leftovers in {} stay", words, e);
    }
  }

  private boolean deleteOld() throws IOException {
    long now = System.currentTimeMillis();
    RemoteIterator<FileStatus> each = files.listStatusIterator(new Path(root, TEMPORARY));
    while (each.hasNext()) {
      FileStatus file = each.next();
      if (TEMPORARY_NAME.matcher(file.getPath().getName()).matches()
          && file.getModificationTime() < now - OLD_MILLIS) {
        deleteQuietly(file.getPath());
      }
    }
    return true;
  }

  private void deleteQuietly(Path file) {
    try {
      files.delete(file, false);
    } catch (IOException | RuntimeException e) {
      LOG.debug("{} stays for a day", file, e);
    }
  }

  @Override
  public Optional<ByteBuffer> get(String name, int mostBytes) throws IOException {
    return ask(
        name,
        () -> {
          try {
            Path file = new Path(root, name);
            FileStatus status = files.getFileStatus(file);
            requireFile(status);
            long length = status.getLen();
            if (length > mostBytes) {
              throw new ObjectTooLongException(this, name, mostBytes);
            }
            ByteBuffer content = ByteBuffer.allocate(Math.toIntExact(length));
            fill(name, 0, content);
            return Optional.of(content.flip());
          } catch (FileNotFoundException none) {
            LOG.trace("{} has no {}", words, name, none);
            return Optional.empty();
          }
        });
  }

  @Override
  public void read(String name, long offsetBytes, ByteBuffer destination) throws IOException {
    int position = destination.position();
    int limit = destination.limit();
    boolean done = false;
    try {
      done =
          ask(
              name,
              () -> {
                try {
                  fill(name, offsetBytes, destination);
                  return true;
                } catch (FileNotFoundException none) {
                  throw (ObjectMissingException)
                      new ObjectMissingException(this, name).initCause(none);
                }
              });
    } finally {
      if (!done) {
        destination.limit(limit).position(position);
      }
    }
  }

  private void fill(String name, long offsetBytes, ByteBuffer destination) throws IOException {
    if (!destination.hasRemaining()) {
      return;
    }
    Path file = new Path(root, name);
    long end = offsetBytes + destination.remaining();
    try (FSDataInputStream in = files.open(file, BUFFER_BYTES)) {
      fill(in, offsetBytes, destination);
    } catch (EOFException e) {
      // So a connection that the server closes ends, too.
      if (files.getFileStatus(file).getLen() < end) {
        throw (ShorterException) new ShorterException(this, name).initCause(e);
      }
      throw new IOException("the connection was closed", e);
    }
  }

  private static void fill(FSDataInputStream in, long offsetBytes, ByteBuffer destination)
      throws IOException {
    if (in.hasCapability(StreamCapabilities.PREADBYTEBUFFER)) {
      in.readFully(offsetBytes, destination);
      return;
    }
    byte[] buffer = new byte[Math.min(BUFFER_BYTES, destination.remaining())];
    for (long offset = offsetBytes; destination.hasRemaining(); ) {
      int length = Math.min(buffer.length, destination.remaining());
      in.readFully(offset, buffer, 0, length);
      destination.put(buffer, 0, length);
      offset += length;
    }
  }

  @Override
  public void list(String prefix, Listing listing) throws IOException {
    int slash = prefix.lastIndexOf('/');
    Path from = slash < 0 ? root : new Path(root, prefix.substring(0, slash));
    list(from, slash < 0 ? "" : prefix.substring(0, slash + 1), prefix, listing);
  }

  /** What {@code listing} throws is not judged. */
  private void list(Path directory, String above, String prefix, Listing listing)
      throws IOException {
    RemoteIterator<FileStatus> each = ask(prefix, () -> iterator(directory));
    for (Optional<FileStatus> at = next(prefix, each); at.isPresent(); at = next(prefix, each)) {
      FileStatus file = at.orElseThrow();
      String name = above + file.getPath().getName();
      if (file.isDirectory()) {
        if (!name.equals(TEMPORARY)) {
          list(file.getPath(), name + "/", prefix, listing);
        }
      } else if (name.startsWith(prefix)) {
        listing.add(name, file.getLen());
      }
    }
  }

  /** Empty if it is not there, or not any more. */
  private RemoteIterator<FileStatus> iterator(Path directory) throws IOException {
    try {
      return files.listStatusIterator(directory);
    } catch (FileNotFoundException none) {
      LOG.trace("{} is not there", directory, none);
      return RemoteIterators.remoteIteratorFromIterable(List.of());
    }
  }

  private Optional<FileStatus> next(String prefix, RemoteIterator<FileStatus> each)
      throws IOException {
    return ask(
        prefix,
        () -> {
          try {
            return each.hasNext() ? Optional.of(each.next()) : Optional.empty();
          } catch (FileNotFoundException gone) {
            LOG.trace("{} is not there any more", prefix, gone);
            return Optional.empty();
          }
        });
  }

  @Override
  public void delete(String name) throws IOException {
    requireWritable();
    ask(
        name,
        () -> {
          Path file = new Path(root, name);
          if (!files.delete(file, false) && isThere(file)) {
            // The client of Ozone keeps the reason to itself.
            throw new IOException("it was not deleted");
          }
          return true;
        });
  }

  private <T> T ask(String name, ModuleLoader.Use<T> request) throws IOException {
    try {
      return ModuleLoader.call(request);
    } catch (ObjectTooLongException | ObjectMissingException | ShorterException told) {
      throw told;
    } catch (ChecksumException e) {
      throw new ObjectUnreadableException(this, name, e);
    } catch (BlockMissingException e) {
      throw isCorrupt(name)
          ? new ObjectUnreadableException(this, name, e)
          : HadoopErrors.of(e, words + ": " + name);
    } catch (IOException | RuntimeException e) {
      throw HadoopErrors.of(e, words + ": " + name);
    }
  }

  /** Whether the server knows that no copy of it is whole; else it may be read later. */
  private boolean isCorrupt(String name) throws IOException {
    try {
      BlockLocation[] blocks =
          ModuleLoader.call(
              () -> files.getFileBlockLocations(new Path(root, name), 0, MAX_OBJECT_BYTES));
      return Arrays.stream(blocks).anyMatch(BlockLocation::isCorrupt);
    } catch (IOException | RuntimeException e) {
      throw HadoopErrors.of(e, words + ": " + name);
    }
  }

  private void requireWritable() throws StoreRefusedException {
    if (readOnly) {
      throw new StoreRefusedException(words + " is only read", null);
    }
  }

  @Override
  public void close() throws IOException {
    ModuleLoader.call(
        () -> {
          files.close();
          return true;
        });
  }

  @Override
  public String toString() {
    return words;
  }

  /** An object ends before what was asked for. */
  private static final class ShorterException extends EOFException {
    private static final long serialVersionUID = 1;

    ShorterException(HadoopStore store, String name) {
      super(store + ": " + name + " is shorter");
    }
  }
}
