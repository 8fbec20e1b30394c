// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.fs.Errno;
import zonefsj.fs.fuse.protocol.Opcode;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.tests.protocol.CountedReferences.Node;

/**
 * An inode lives exactly as long as it has a name, an open handle, or a reference that the kernel
 * has not forgotten: what lives too long is space lost, what dies too early is a stale file in
 * somebody's hands.
 */
final class ReferenceCountTest {
  private static final int STEPS = 1500;
  private static final int ENTRY_BYTES = 128;
  private static final int DIRECTORY_TYPE = 4;

  private Requester requester = new Requester(new zonefsj.tests.model.ReferenceFileSystem());
  private SplittableRandom random = new SplittableRandom();
  private CountedReferences counted = new CountedReferences(random);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void inodesLiveUntilTheLastReferenceIsForgotten(long seed) throws IOException {
    try (MemoryVolume volume = new MemoryVolume(seed)) {
      requester = new Requester(volume.fileSystem());
      random = new SplittableRandom(seed);
      counted = new CountedReferences(random);
      for (int index = 0; index < STEPS; index++) {
        String did = step();
        expectLives("seed " + seed + ", step " + index + ", " + did);
      }
      counted.openHandles().forEach(this::release);
      forgetAll();
      expectLives("seed " + seed + ", at the end");
      VolumeChecker.CheckResult result = volume.closeAndCheck();
      assertThat(result.findings()).isEmpty();
      assertThat(result.files() + result.directories())
          .as("inodes on the drive: what has a name, and no orphan")
          .isEqualTo(counted.alive());
    }
  }

  private void expectLives(String when) {
    for (Node node : counted.all()) {
      int error = requester.send(Opcode.GETATTR, node.inode, new byte[16]).error();
      assertThat(error)
          .as(
              "%s: inode %d with %d names, %d references, %d handles",
              when, node.inode, node.names, node.references, node.handles)
          .isEqualTo(node.isAlive() ? 0 : Errno.ENOENT.number());
    }
  }

  private String name() {
    return "n" + random.nextInt(6);
  }

  private String step() {
    Node parent = counted.known(true);
    String name = name();
    int choice = random.nextInt(20);
    switch (choice) {
      case 0, 1, 2 -> lookup(parent, name);
      case 3, 4 -> create(Opcode.CREATE, parent, name);
      case 5 -> create(Opcode.TMPFILE, parent, name);
      case 6, 7 -> makeDirectory(parent, name);
      case 8 -> link(parent, name);
      case 9, 10 -> remove(Opcode.UNLINK, parent, name);
      case 11 -> remove(Opcode.RMDIR, parent, name);
      case 12, 13 -> rename(parent, name, random.nextInt(3));
      case 14 -> list(parent);
      case 15 -> {
        List<Long> open = counted.openHandles();
        if (!open.isEmpty()) {
          release(open.get(random.nextInt(open.size())));
        }
      }
      case 16 -> batchForget();
      default -> forget(counted.known(false));
    }
    return "case " + choice;
  }

  private void lookup(Node parent, String name) {
    Requester.Answer answer =
        requester.send(Opcode.LOOKUP, parent.inode, new Body().name(name).build());
    long inode = answer.error() == 0 ? answer.body().getLong() : 0;
    Long expected = parent.entries.get(name);
    assertThat(inode).isEqualTo(expected == null ? 0 : expected);
    if (inode != 0) {
      counted.referred(inode, counted.node(inode).directory);
    }
  }

  private void create(Opcode opcode, Node parent, String name) {
    byte[] body = new Body().u32(2, 0100644, 0, 0).name(name).build();
    Requester.Answer answer = requester.send(opcode, parent.inode, body);
    if (answer.error() == 0) {
      ByteBuffer out = answer.body();
      Node made = counted.referred(out.getLong(out.position()), false);
      counted.opened(out.getLong(out.position() + ENTRY_BYTES), made);
      if (opcode == Opcode.CREATE) {
        counted.named(parent, name, made);
      }
    }
  }

  private void makeDirectory(Node parent, String name) {
    byte[] body = new Body().u32(0755, 0).name(name).build();
    Requester.Answer answer = requester.send(Opcode.MKDIR, parent.inode, body);
    if (answer.error() == 0) {
      counted.named(parent, name, counted.referred(answer.body().getLong(), true));
    }
  }

  private void link(Node parent, String name) {
    Node node = counted.known(false);
    byte[] body = new Body().u64(node.inode).name(name).build();
    Requester.Answer answer = requester.send(Opcode.LINK, parent.inode, body);
    if (answer.error() == 0) {
      assertThat(answer.body().getLong()).isEqualTo(node.inode);
      counted.named(parent, name, counted.referred(node.inode, false));
    }
  }

  private void remove(Opcode opcode, Node parent, String name) {
    if (requester.send(opcode, parent.inode, new Body().name(name).build()).error() == 0) {
      counted.unnamed(parent, name);
    }
  }

  private void rename(Node parent, String name, int flags) {
    Node newParent = counted.known(true);
    String newName = name();
    byte[] body = new Body().u64(newParent.inode).u32(flags, 0).name(name).name(newName).build();
    if (requester.send(Opcode.RENAME2, parent.inode, body).error() == 0) {
      if (flags == 2) {
        counted.exchanged(parent, name, newParent, newName);
      } else {
        counted.renamed(parent, name, newParent, newName);
      }
    }
  }

  /** All of a directory, in pages that hold few entries; each entry but the dots is a lookup. */
  private void list(Node node) {
    Requester.Answer opened = requester.send(Opcode.OPENDIR, node.inode, new byte[8]);
    assertThat(opened.error()).isZero();
    long handle = opened.body().getLong();
    int listed = 0;
    for (long cookie = 0; cookie >= 0; ) {
      byte[] body = new Body().u64(handle, cookie).u32(400, 0).u64(0, 0).build();
      ByteBuffer page = requester.send(Opcode.READDIRPLUS, node.inode, body).body();
      cookie = -1;
      while (page.hasRemaining()) {
        long inode = page.getLong(page.position());
        page.position(page.position() + ENTRY_BYTES + Long.BYTES);
        cookie = page.getLong();
        byte[] name = new byte[page.getInt()];
        boolean directory = page.getInt() == DIRECTORY_TYPE;
        page.get(name);
        page.position(page.position() + (-name.length & 7));
        if (inode != 0) {
          String text = new String(name, StandardCharsets.UTF_8);
          assertThat(node.entries).containsEntry(text, inode);
          counted.referred(inode, directory);
          listed++;
        }
      }
    }
    assertThat(listed).isEqualTo(node.entries.size());
    byte[] release = new Body().u64(handle, 0, 0).build();
    assertThat(requester.send(Opcode.RELEASEDIR, node.inode, release).error()).isZero();
  }

  private void release(long handle) {
    byte[] body = new Body().u64(handle, 0, 0).build();
    assertThat(requester.send(Opcode.RELEASE, 0, body).error()).isZero();
    counted.released(handle);
  }

  private void forget(Node node) {
    if (node.references > 0) {
      long count = 1 + random.nextLong(node.references);
      requester.tell(Opcode.FORGET, node.inode, new Body().u64(count).build());
      counted.forgotten(node, count);
    }
  }

  private void batchForget() {
    Body nodes = new Body();
    int count = 0;
    for (int times = random.nextInt(4); times > 0; times--) {
      Node node = counted.known(false);
      if (node.references > 0) {
        nodes.u64(node.inode, 1);
        counted.forgotten(node, 1);
        count++;
      }
    }
    requester.tell(Opcode.BATCH_FORGET, 0, new Body().u32(count, 0).bytes(nodes.build()).build());
  }

  private void forgetAll() {
    Body nodes = new Body();
    int count = 0;
    for (Node node : counted.all()) {
      if (node.references > 0) {
        nodes.u64(node.inode, node.references);
        counted.forgotten(node, node.references);
        count++;
      }
    }
    requester.tell(Opcode.BATCH_FORGET, 0, new Body().u32(count, 0).bytes(nodes.build()).build());
  }
}
