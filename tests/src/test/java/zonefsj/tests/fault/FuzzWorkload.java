// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.RenameMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.fault.FuzzModel.Kind;

/** Random operations that make a varied tree, on a volume and in a model of it. */
final class FuzzWorkload {
  private static final int MOST_BYTES = 1_800_000;
  private static final int FILL_BYTES = 400_000;
  private static final int[] LENGTHS = {0, 60, 900, 3_000, 9_000, 30_000, 90_000, 200_000};

  private final SplittableRandom random;
  private final FuzzModel model;
  private final Volume volume;
  private int names;

  FuzzWorkload(SplittableRandom random, FuzzModel model, Volume volume, int firstName) {
    this.random = random;
    this.model = model;
    this.volume = volume;
    this.names = firstName;
  }

  int names() {
    return names;
  }

  void run(int operations) throws IOException, ErrnoException {
    for (int operation = 0; operation < operations; operation++) {
      operate();
      model.done();
    }
  }

  /** Writes files until the drive takes no more. */
  void fill() throws IOException, ErrnoException {
    try {
      while (true) {
        String path = "/n" + names++;
        long handle =
            files().create(Caller.ROOT, 1, nameOf(path), 0644, OpenFlags.READ_WRITE).handle();
        files().release(handle);
        model.add(path, Kind.FILE, new byte[0]);
        model.done();
        write(path, 0, bytes(FILL_BYTES));
        model.done();
      }
    } catch (ErrnoException full) {
      if (full.errno() != Errno.ENOSPC) {
        throw full;
      }
    }
  }

  private ZoneFileSystem files() {
    return volume.fileSystem();
  }

  private static String parentOf(String path) {
    return path.substring(0, path.lastIndexOf('/'));
  }

  private static byte[] nameOf(String path) {
    return path.substring(path.lastIndexOf('/') + 1).getBytes(UTF_8);
  }

  static long inode(ZoneFileSystem files, String path) throws IOException, ErrnoException {
    long inode = ZoneFileSystem.ROOT_INODE;
    for (String name : path.split("/", -1)) {
      inode = name.isEmpty() ? inode : files.lookup(inode, name.getBytes(UTF_8)).inode();
    }
    return inode;
  }

  private String newPath() {
    String directory = model.randomPath(random, Kind.DIRECTORY);
    String parent = directory == null || random.nextInt(3) == 0 ? "" : directory;
    return parent + "/n" + names++;
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private int length() {
    int longest = LENGTHS[random.nextInt(LENGTHS.length)];
    int room = MOST_BYTES - model.totalBytes();
    return Math.max(0, Math.min(room, longest == 0 ? 0 : 1 + random.nextInt(longest)));
  }

  private void operate() throws IOException, ErrnoException {
    String file = model.randomPath(random, Kind.FILE);
    int choice = random.nextInt(20);
    if (file == null || choice < 6) {
      create();
    } else {
      switch (choice) {
        case 6, 7, 8 -> write(file, model.node(file).content().length);
        case 9 -> write(file, model.node(file).content().length + 40_000);
        case 10 -> truncate(file, model.node(file).content().length);
        case 11 -> unlink(file);
        case 12 -> makeDirectory();
        case 13 -> rename(random.nextInt(4) == 0 ? model.randomPath(random, Kind.DIRECTORY) : file);
        case 14 -> link(file);
        case 15 -> makeSymlink();
        case 16 -> {
          volume.runGc(ProgressListener.NONE);
          volume.defragment(() -> true, ProgressListener.NONE);
        }
        case 17 -> volume.checkpoint();
        default -> files().sync();
      }
    }
  }

  private void create() throws IOException, ErrnoException {
    String path = newPath();
    byte[] content = bytes(length());
    long parent = inode(files(), parentOf(path));
    long handle =
        files().create(Caller.ROOT, parent, nameOf(path), 0644, OpenFlags.READ_WRITE).handle();
    files().release(handle);
    model.add(path, Kind.FILE, new byte[0]);
    model.done();
    if (content.length > 0) {
      write(path, 0, content);
    }
  }

  private void write(String path, int farthest) throws IOException, ErrnoException {
    byte[] content = bytes(length());
    if (content.length > 0) {
      write(path, random.nextInt(farthest + 1), content);
    }
  }

  private void write(String path, int offset, byte[] content) throws IOException, ErrnoException {
    long handle = files().open(Caller.ROOT, inode(files(), path), OpenFlags.READ_WRITE);
    try {
      ByteBuffer rest = ByteBuffer.wrap(content);
      while (rest.hasRemaining()) {
        int from = rest.position();
        files().write(handle, offset + from, rest, false);
        model.write(path, offset + from, Arrays.copyOfRange(content, from, rest.position()));
        if (rest.hasRemaining()) {
          // The drive is full behind it: the rest is an operation of its own.
          model.done();
        }
      }
    } finally {
      files().release(handle);
    }
  }

  private void truncate(String path, int length) throws IOException, ErrnoException {
    int shorter = random.nextInt(length + 1);
    files().setAttributes(Caller.ROOT, inode(files(), path), AttributeChange.ofSize(shorter));
    model.truncate(path, shorter);
  }

  private void unlink(String path) throws IOException, ErrnoException {
    files().unlink(Caller.ROOT, inode(files(), parentOf(path)), nameOf(path));
    model.remove(path);
  }

  private void makeDirectory() throws IOException, ErrnoException {
    String path = newPath();
    files().makeDirectory(Caller.ROOT, inode(files(), parentOf(path)), nameOf(path), 0755);
    model.add(path, Kind.DIRECTORY, new byte[0]);
  }

  private void rename(@Nullable String from) throws IOException, ErrnoException {
    String to = newPath();
    if (from == null || to.startsWith(from + "/")) {
      return;
    }
    files()
        .rename(
            Caller.ROOT,
            inode(files(), parentOf(from)),
            nameOf(from),
            inode(files(), parentOf(to)),
            nameOf(to),
            RenameMode.REPLACE);
    model.move(from, to);
  }

  private void link(String from) throws IOException, ErrnoException {
    String to = newPath();
    files().link(Caller.ROOT, inode(files(), from), inode(files(), parentOf(to)), nameOf(to));
    model.link(from, to);
  }

  private void makeSymlink() throws IOException, ErrnoException {
    String path = newPath();
    byte[] target = ("../target" + names).getBytes(UTF_8);
    files().makeSymlink(Caller.ROOT, inode(files(), parentOf(path)), nameOf(path), target);
    model.add(path, Kind.SYMLINK, target);
  }
}
