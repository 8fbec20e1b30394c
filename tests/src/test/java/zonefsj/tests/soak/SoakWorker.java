// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ErrnoException;

/**
 * One worker: draws an operation, asks the filesystem for it, and notes in its {@link Subtree} what
 * came of it. Runs on one thread.
 */
final class SoakWorker {
  private static final Logger LOG = LoggerFactory.getLogger(SoakWorker.class);
  private static final int PAGE = 4096;
  private static final int CHUNK_BYTES = 1 << 20;
  private static final long NAME_BYTES = 4096;

  /** Summaries, alignment and index of the two extents more that a piece makes of one. */
  private static final long CUT_EXTENT_BYTES = 512;

  private static final int MAX_DIRECTORIES = 100;
  private static final int MAX_FILES = 60_000;

  private final SoakSubject subject;
  private final RefusalCheck judge;
  private final LoadProfile profile;
  private final long shareBytes;
  private final boolean kernel;
  private final Subtree tree;
  private final SplittableRandom random;
  private final AtomicLong written;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK_BYTES);
  private final ByteBuffer expected = ByteBuffer.allocateDirect(CHUNK_BYTES);
  private long names;
  private boolean full;

  /**
   * @param shareBytes of data that it keeps about
   * @param kernel whether there is a kernel that maps files
   * @param written counts bytes
   */
  SoakWorker(
      int number,
      long seed,
      SoakSubject subject,
      RefusalCheck judge,
      LoadProfile profile,
      long shareBytes,
      boolean kernel,
      AtomicLong written) {
    this.subject = subject;
    this.judge = judge;
    this.profile = profile;
    this.shareBytes = shareBytes;
    this.kernel = kernel;
    this.written = written;
    tree = new Subtree("w" + number);
    random = new SplittableRandom(Pattern.mix(seed, number));
  }

  Subtree tree() {
    return tree;
  }

  /** Makes its directory. */
  void begin() throws SoakFailure {
    if (!judge.attempt("mkdir", 0, () -> subject.makeDirectory(tree.root()))) {
      throw new SoakFailure("no room for the first directory");
    }
  }

  /** Makes files until its share is taken, the drive is full, or a time has come. */
  void fill(WorkerGroup crew, long untilNanos) throws SoakFailure {
    while (!crew.isStopped()
        && !full
        && System.nanoTime() - untilNanos < 0
        && now().dataBytes() < shareBytes
        && now().paths().size() < MAX_FILES) {
      create();
    }
  }

  /** Works until a time has come. */
  void work(WorkerGroup crew, long untilNanos) throws SoakFailure {
    while (!crew.isStopped() && System.nanoTime() - untilNanos < 0) {
      step();
    }
  }

  private TreeModel now() {
    return tree.now();
  }

  private void step() throws SoakFailure {
    boolean over = now().dataBytes() > shareBytes || now().paths().size() >= MAX_FILES;
    if (now().paths().isEmpty()) {
      full = false;
      create();
    } else if ((full || over) && random.nextInt(3) > 0) {
      shrink();
      full &= now().dataBytes() > shareBytes - shareBytes / 16;
    } else if (now().dataBytes() < shareBytes - shareBytes / 8 && random.nextInt(3) == 0) {
      create();
    } else {
      draw();
    }
  }

  private void draw() throws SoakFailure {
    int overwrites = profile.overwriteWeight();
    int at = random.nextInt(100 + overwrites);
    if (at >= 100) {
      overwrite();
    } else if (at < 12) {
      create();
    } else if (at < 22) {
      append();
    } else if (at < 28) {
      overwriteInOrder();
    } else if (at < 32) {
      truncate(true);
    } else if (at < 35) {
      truncate(false);
    } else if (at < 40) {
      punch();
    } else if (at < 46) {
      copy();
    } else if (at < 52) {
      rename(true);
    } else if (at < 55) {
      rename(false);
    } else if (at < 60) {
      unlink();
    } else if (at < 63) {
      unlinkOpen();
    } else if (at < 66) {
      makeDirectory();
    } else if (at < 68) {
      removeDirectory();
    } else if (at < 71) {
      store();
    } else if (at < 72) {
      writeAsynchronously();
    } else if (at < 90) {
      read(at < 76 ? SoakSubject.Mode.DIRECT : SoakSubject.Mode.UPDATE);
    } else if (at < 92) {
      createInPlace();
    } else {
      sync(at < 95);
    }
  }

  private void shrink() throws SoakFailure {
    switch (random.nextInt(4)) {
      case 0 -> truncate(true);
      case 1 -> punch();
      default -> unlink();
    }
  }

  private long newSeed() {
    return random.nextLong();
  }

  private String newPath() {
    return now().drawDirectory(random) + "/f" + names++;
  }

  /** With an open file. */
  @FunctionalInterface
  private interface WithFile {
    void run(SoakFile file) throws SoakFailure;
  }

  private void with(String path, SoakSubject.Mode mode, WithFile work) throws SoakFailure {
    SoakFile[] file = new SoakFile[1];
    judge.attempt("open", 0, () -> file[0] = subject.open(path, mode));
    using(file[0], work);
  }

  /** The file is released also after a failure, so that the mount can go. */
  private void using(SoakFile file, WithFile work) throws SoakFailure {
    boolean done = false;
    try {
      work.run(file);
      done = true;
    } finally {
      if (done) {
        judge.attempt("close", 0, file::release);
      } else {
        releaseQuietly(file);
      }
    }
  }

  private static void releaseQuietly(SoakFile file) {
    try {
      file.release();
    } catch (ErrnoException | IOException failed) {
      LOG.debug("the failure that is on its way says more", failed);
    }
  }

  private boolean attempt(String what, long need, Change change, Stopwatch.Action call)
      throws SoakFailure {
    tree.begin(change);
    boolean done = judge.attempt(what, need, call);
    if (done) {
      tree.done(change);
    } else {
      tree.refused();
      full = true;
    }
    return done;
  }

  /** Writes a range, in calls of at most 1 MiB; stops when the drive is full. */
  private void write(SoakFile file, String path, long offset, long length, long seed)
      throws SoakFailure {
    long end = offset + length;
    boolean room = true;
    for (long at = offset; at < end && room; ) {
      int most = profile == LoadProfile.SCATTER ? CHUNK_BYTES : chunk();
      int bytes = (int) Math.min(most, end - at);
      long from = at;
      int[] done = new int[1];
      buffer.clear().limit(bytes);
      Pattern.fill(buffer, seed, from);
      buffer.flip();
      long need = now().file(path).isAllocated(from, bytes) ? overwriteNeed() : bytes;
      tree.begin(new Change.Write(path, from, bytes, seed));
      room = judge.attempt("write", need, () -> done[0] = file.write(from, buffer.rewind()));
      if (room) {
        tree.done(new Change.Write(path, from, done[0], seed));
        written.addAndGet(done[0]);
        at += done[0];
      } else {
        tree.refused();
        full = true;
      }
    }
  }

  /**
   * What an overwrite adds: nothing, but a piece of a few bytes cuts an extent in three, so on a
   * full drive it may be refused (SEMANTICS.md, the exceptions of ours).
   */
  private long overwriteNeed() {
    return profile == LoadProfile.SCATTER ? CUT_EXTENT_BYTES : 0;
  }

  private int chunk() {
    return random.nextInt(3) == 0 ? 1 + random.nextInt(CHUNK_BYTES) : CHUNK_BYTES;
  }

  private void create() throws SoakFailure {
    String path = newPath();
    long size = Math.min(profile.drawBytes(random), Math.max(1, shareBytes / 3));
    SoakFile[] file = new SoakFile[1];
    boolean made =
        attempt(
            "create",
            NAME_BYTES,
            new Change.Create(path),
            () -> file[0] = subject.open(path, SoakSubject.Mode.CREATE));
    if (made) {
      using(
          file[0],
          open -> {
            write(open, path, 0, size, newSeed());
            if (random.nextInt(16) == 0) {
              sync(open, false);
            }
          });
    }
  }

  /** As editors do: cut to nothing, then written anew. */
  private void createInPlace() throws SoakFailure {
    String path = now().drawFile(random);
    long size = Math.min(profile.drawBytes(random), shareBytes / 3);
    SoakFile[] file = new SoakFile[1];
    attempt(
        "open O_TRUNC",
        0,
        new Change.Truncate(path, 0),
        () -> file[0] = subject.open(path, SoakSubject.Mode.TRUNCATE));
    using(file[0], open -> write(open, path, 0, size, newSeed()));
  }

  private void append() throws SoakFailure {
    String path = now().drawFile(random);
    long size = now().file(path).size();
    long length = Math.min(profile.drawBytes(random) / 4 + 1, shareBytes / 8 + 1);
    with(path, SoakSubject.Mode.UPDATE, file -> write(file, path, size, length, newSeed()));
  }

  private void overwrite() throws SoakFailure {
    String path = now().drawFile(random);
    long size = now().file(path).size();
    int count = profile.writesPerSync() > 0 ? 1000 : 1 + random.nextInt(64);
    with(
        path,
        SoakSubject.Mode.UPDATE,
        file -> {
          for (int done = 1; done <= count && size > 0 && !full; done++) {
            int bytes = (int) Math.min(size, profile.drawWriteBytes(random));
            long at = random.nextLong(size - bytes + 1);
            at -= bytes == PAGE ? at % PAGE : 0;
            write(file, path, at, bytes, newSeed());
            if (profile.writesPerSync() > 0 && done % profile.writesPerSync() == 0) {
              sync(file, true);
            }
          }
        });
  }

  private void overwriteInOrder() throws SoakFailure {
    String path = now().drawFile(random);
    long size = now().file(path).size();
    if (size > 0) {
      long from = random.nextLong(size);
      long length = Math.min(size - from, 1 + random.nextLong(4L << 20));
      with(path, SoakSubject.Mode.UPDATE, file -> write(file, path, from, length, newSeed()));
    }
  }

  private void truncate(boolean down) throws SoakFailure {
    String path = now().drawFile(random);
    long size = now().file(path).size();
    long wanted = down ? random.nextLong(size + 1) : size + random.nextLong(8 << 20);
    with(
        path,
        SoakSubject.Mode.UPDATE,
        file ->
            attempt(
                "truncate",
                down ? 0 : NAME_BYTES,
                new Change.Truncate(path, wanted),
                () -> file.truncate(wanted)));
  }

  private void punch() throws SoakFailure {
    String path = now().drawFile(random);
    long size = now().file(path).size();
    if (size > 0) {
      long from = random.nextLong(size);
      long length = 1 + random.nextLong(size - from);
      with(
          path,
          SoakSubject.Mode.UPDATE,
          file ->
              attempt(
                  "punch",
                  0,
                  new Change.Punch(path, from, length),
                  () -> file.punch(from, length)));
    }
  }

  private void copy() throws SoakFailure {
    String from = now().drawFile(random);
    String to = now().drawFile(random);
    long pages = now().file(from).size() / PAGE;
    if (from.equals(to) || pages == 0) {
      return;
    }
    long fromOffset = random.nextLong(pages) * PAGE;
    long toOffset = random.nextLong(now().file(to).size() / PAGE + 1) * PAGE;
    long length =
        Math.min(now().file(from).size() - fromOffset, (1 + random.nextInt(256)) * (long) PAGE);
    with(
        from,
        SoakSubject.Mode.UPDATE,
        source ->
            with(
                to,
                SoakSubject.Mode.UPDATE,
                target -> {
                  long[] done = new long[1];
                  tree.begin(new Change.Copy(from, to, fromOffset, toOffset, length));
                  boolean room =
                      judge.attempt(
                          "copy",
                          length,
                          () -> done[0] = source.copyTo(target, fromOffset, toOffset, length));
                  if (room && done[0] > 0) {
                    tree.done(new Change.Copy(from, to, fromOffset, toOffset, done[0]));
                    written.addAndGet(done[0]);
                  } else {
                    tree.refused();
                    full |= !room;
                  }
                }));
  }

  private void rename(boolean over) throws SoakFailure {
    String from = now().drawFile(random);
    String to = over ? now().drawFile(random) : newPath();
    if (!from.equals(to)) {
      attempt("rename", NAME_BYTES, new Change.Rename(from, to), () -> subject.rename(from, to));
    }
  }

  private void unlink() throws SoakFailure {
    String path = now().drawFile(random);
    attempt("unlink", 0, new Change.Unlink(path), () -> subject.unlink(path));
  }

  /** What has no name any more is still there for who has it open. */
  private void unlinkOpen() throws SoakFailure {
    String path = now().drawFile(random);
    FileModel model = now().file(path).copy();
    with(
        path,
        SoakSubject.Mode.UPDATE,
        file -> {
          attempt("unlink", 0, new Change.Unlink(path), () -> subject.unlink(path));
          verify(path + " (unlinked)", file, model);
        });
  }

  private void makeDirectory() throws SoakFailure {
    if (now().directories().size() < MAX_DIRECTORIES) {
      String path = now().drawDirectory(random) + "/d" + names++;
      attempt(
          "mkdir", NAME_BYTES, new Change.MakeDirectory(path), () -> subject.makeDirectory(path));
    }
  }

  private void removeDirectory() throws SoakFailure {
    String path = now().drawDirectory(random);
    if (!path.equals(tree.root()) && now().isEmptyDirectory(path)) {
      attempt("rmdir", 0, new Change.RemoveDirectory(path), () -> subject.removeDirectory(path));
    }
  }

  /** The kernel writes whole pages: a hole beside the bytes would need space. */
  private void store() throws SoakFailure {
    String path = now().drawFile(random);
    FileModel model = now().file(path);
    if (model.size() == 0) {
      return;
    }
    long at = random.nextLong(model.size());
    long page = at / PAGE * PAGE;
    long pageEnd = Math.min(page + PAGE, model.size());
    if (!kernel || !model.isAllocated(page, pageEnd - page)) {
      return;
    }
    int length = (int) Math.min(pageEnd - at, 1 + random.nextInt(PAGE));
    long seed = newSeed();
    buffer.clear().limit(length);
    Pattern.fill(buffer, seed, at);
    buffer.flip();
    with(
        path,
        SoakSubject.Mode.UPDATE,
        file ->
            attempt(
                "mmap store",
                overwriteNeed(),
                new Change.Write(path, at, length, seed),
                () -> file.store(at, buffer)));
  }

  /** The pages are there already, so that the write needs no space. */
  private void writeAsynchronously() throws SoakFailure {
    String path = now().drawFile(random);
    FileModel model = now().file(path);
    long pages = model.size() / PAGE;
    if (!kernel || pages == 0) {
      return;
    }
    long at = random.nextLong(pages) * PAGE;
    int length = (int) Math.min(model.size() / PAGE * PAGE - at, (1L + random.nextInt(16)) * PAGE);
    if (!model.isAllocated(at, length)) {
      return;
    }
    long seed = newSeed();
    buffer.clear().limit(length);
    Pattern.fill(buffer, seed, at);
    buffer.flip();
    with(
        path,
        SoakSubject.Mode.UPDATE,
        file -> {
          attempt(
              "aio",
              overwriteNeed(),
              new Change.Write(path, at, length, seed),
              () -> file.writeAsynchronously(at, buffer));
          verify(path, file, now().file(path), at, length);
        });
  }

  private void read(SoakSubject.Mode mode) throws SoakFailure {
    String path = now().drawFile(random);
    with(path, mode, file -> verify(path, file, now().file(path)));
  }

  private void verify(String path, SoakFile file, FileModel model) throws SoakFailure {
    if (model.size() == 0) {
      return;
    }
    long at = random.nextLong(model.size());
    verify(path, file, model, at, (int) Math.min(CHUNK_BYTES, model.size() - at));
  }

  private void verify(String path, SoakFile file, FileModel model, long at, int length)
      throws SoakFailure {
    expected.clear().limit(length);
    model.fill(expected, at);
    buffer.clear().limit(length);
    judge.attempt("read", 0, () -> file.read(at, buffer.rewind()));
    int wrong = expected.flip().mismatch(buffer.flip());
    if (wrong >= 0) {
      throw new SoakFailure(
          path
              + ": a wrong byte at "
              + (at + wrong)
              + " of "
              + model.size()
              + ", in a read of "
              + length
              + " at "
              + at);
    }
  }

  private void sync(boolean dataOnly) throws SoakFailure {
    with(now().drawFile(random), SoakSubject.Mode.UPDATE, file -> sync(file, dataOnly));
  }

  private void sync(SoakFile file, boolean dataOnly) throws SoakFailure {
    judge.attempt("fsync", 0, () -> file.sync(dataOnly));
    tree.synced();
  }
}
