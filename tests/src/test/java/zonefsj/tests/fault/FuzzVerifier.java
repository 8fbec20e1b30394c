// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.tests.fault.FuzzModel.Kind;
import zonefsj.tests.fault.FuzzModel.Node;

/** Compares what a mount shows with what a model says: every byte is right, or EIO. */
final class FuzzVerifier {
  private static final int STEP_BYTES = 512;
  private static final String LOST_AND_FOUND = "/lost+found";

  /** Says where EIO may be. */
  @FunctionalInterface
  interface Allowance {
    boolean mayFail(long inode, long offset, int length) throws IOException;
  }

  /** What a mount shows: for each path its kind and, for each byte, the byte or that it is lost. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Seen(Kind kind, long inode, byte[] content, boolean[] lost) {}

  private final TreeMap<String, Seen> tree = new TreeMap<>();

  FuzzVerifier(ZoneFileSystem files) throws IOException, ErrnoException {
    walk(files, "", ZoneFileSystem.ROOT_INODE);
  }

  private void walk(ZoneFileSystem files, String path, long directory)
      throws IOException, ErrnoException {
    List<byte[]> names = new ArrayList<>();
    long handle = files.openDirectory(directory);
    files.readDirectory(
        handle,
        0,
        (name, child, mode, next) -> {
          names.add(name.clone());
          return true;
        });
    files.releaseDirectory(handle);
    for (byte[] name : names) {
      String text = new String(name, StandardCharsets.UTF_8);
      if (text.equals(".") || text.equals("..")) {
        continue;
      }
      Attributes attributes = files.lookup(directory, name);
      String below = path + "/" + text;
      tree.put(below, see(files, attributes));
      if (attributes.isDirectory()) {
        walk(files, below, attributes.inode());
      }
    }
  }

  private static Seen see(ZoneFileSystem files, Attributes attributes)
      throws IOException, ErrnoException {
    long inode = attributes.inode();
    if (attributes.isDirectory()) {
      return new Seen(Kind.DIRECTORY, inode, new byte[0], new boolean[0]);
    }
    if (FileMode.isSymlink(attributes.mode())) {
      byte[] target = files.readLink(inode);
      return new Seen(Kind.SYMLINK, inode, target, new boolean[target.length]);
    }
    int length = (int) Math.min(attributes.sizeBytes(), 4 << 20);
    byte[] content = new byte[length];
    boolean[] lost = new boolean[length];
    long handle = files.open(Caller.ROOT, inode, OpenFlags.READ);
    try {
      if (length > 0 && !read(files, handle, 0, content, 0, length)) {
        for (int at = 0; at < length; at += STEP_BYTES) {
          int step = Math.min(STEP_BYTES, length - at);
          if (!read(files, handle, at, content, at, step)) {
            Arrays.fill(lost, at, at + step, true);
            // A read that fails may have filled a part of its buffer, or not.
            Arrays.fill(content, at, at + step, (byte) 0);
          }
        }
      }
    } finally {
      files.release(handle);
    }
    return new Seen(Kind.FILE, inode, content, lost);
  }

  private static boolean read(
      ZoneFileSystem files, long handle, long offset, byte[] into, int at, int length)
      throws IOException, ErrnoException {
    try {
      files.read(handle, offset, ByteBuffer.wrap(into, at, length).slice());
      return true;
    } catch (ErrnoException refused) {
      if (refused.errno() != Errno.EIO) {
        throw refused;
      }
      return false;
    }
  }

  /** What is wrong if the state should be this one; null if nothing is. */
  @Nullable String differsFrom(Map<String, Node> state, Allowance allowance) throws IOException {
    Set<String> paths = new TreeSet<>(state.keySet());
    paths.addAll(tree.keySet());
    for (String path : paths) {
      Node wanted = state.get(path);
      Seen seen = tree.get(path);
      if (seen == null) {
        return path + " is missing";
      }
      if (wanted == null) {
        return path + " should not be there";
      }
      String wrong = compare(wanted, seen, allowance);
      if (wrong != null) {
        return path + wrong;
      }
    }
    return null;
  }

  /** What is wrong if another mount shows the right state; null if nothing is. */
  @Nullable String differsFrom(FuzzVerifier other) {
    if (!tree.keySet().equals(other.tree.keySet())) {
      return "shows " + tree.keySet() + ", not " + other.tree.keySet();
    }
    for (Map.Entry<String, Seen> entry : tree.entrySet()) {
      Seen seen = entry.getValue();
      Seen wanted = other.tree.get(entry.getKey());
      boolean same =
          wanted != null
              && seen.kind() == wanted.kind()
              && Arrays.equals(seen.content(), wanted.content())
              && Arrays.equals(seen.lost(), wanted.lost());
      if (!same) {
        return entry.getKey() + " differs";
      }
    }
    return null;
  }

  private static @Nullable String compare(Node wanted, Seen seen, Allowance allowance)
      throws IOException {
    if (wanted.kind() != seen.kind()) {
      return " is a " + seen.kind() + ", not a " + wanted.kind();
    }
    if (wanted.content().length != seen.content().length) {
      return " has " + seen.content().length + " bytes, not " + wanted.content().length;
    }
    for (int at = 0; at < seen.content().length; at++) {
      if (seen.lost()[at]) {
        int end = Math.min(seen.content().length, at + STEP_BYTES);
        if (!allowance.mayFail(seen.inode(), at, end - at)) {
          return " offset " + at + " is EIO, though it was not damaged";
        }
        at = end - 1;
      } else if (seen.content()[at] != wanted.content()[at]) {
        return " offset " + at + " is wrong";
      }
    }
    return null;
  }

  /** What is wrong if nothing but bytes that were once there may be shown; null if nothing is. */
  @Nullable String showsWhatNeverWas(FuzzModel model) {
    for (Map.Entry<String, Seen> entry : tree.entrySet()) {
      Seen seen = entry.getValue();
      if (seen.kind() != Kind.FILE) {
        continue;
      }
      List<byte[]> versions = model.everAt(entry.getKey());
      for (int at = 0; at < seen.content().length; at++) {
        int offset = at;
        byte shown = seen.content()[at];
        boolean was =
            seen.lost()[at]
                || versions.stream().anyMatch(one -> offset < one.length && one[offset] == shown);
        if (!was) {
          return entry.getKey() + " offset " + at + " never held that";
        }
      }
    }
    return null;
  }

  /** Whether something was found without a name. */
  boolean hasLostAndFound() {
    return tree.containsKey(LOST_AND_FOUND);
  }
}
