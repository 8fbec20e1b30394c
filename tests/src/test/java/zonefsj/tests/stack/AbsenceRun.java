// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import zonefsj.device.DeviceAccess;
import zonefsj.device.ZoneJudge;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.mirror.MemberSource;
import zonefsj.device.mirror.MemberState;
import zonefsj.device.mirror.MirrorZonedDevice;
import zonefsj.device.spec.Creation;

/**
 * One mirror whose members are away and return in any order, while it is used, and when it is
 * closed, cut off from power, and opened. A model knows which members have everything that was
 * acknowledged. Whatever is opened for writing must have it; members that lack something must be
 * refused, unless they were closed in good order and cannot know; and what was closed in good order
 * must be opened, unless all that is there was still being compared.
 */
final class AbsenceRun {
  private static final int BLOCK = 512;
  private static final int ZONES = 10;
  private static final int SESSIONS = 8;

  private final SplittableRandom random;
  private final List<String> history = new ArrayList<>();
  private final Power power = new Power();
  private final List<Known> members = new ArrayList<>();
  private final StackContent content = new StackContent(ZONES - 2, false);

  /** Whether the last use ended in good order. */
  private boolean closed = true;

  /** A drive, and what is known of it. */
  private static final class Known {
    final DriveSlot slot;

    /** Whether it may lack something that was acknowledged. */
    boolean lacks;

    /** Whether it was still being compared with the others: alone it may be refused. */
    boolean isCompared;

    /** Whether it was closed in good order, or made, and was not used since. */
    boolean closedTogether = true;

    Known(DriveSlot slot) {
      this.slot = slot;
    }
  }

  AbsenceRun(long seed) throws IOException {
    this.random = new SplittableRandom(seed);
    EmulatedGeometry shape =
        EmulatedGeometry.builder((long) ZONES * 16 * BLOCK)
            .blockSizeBytes(BLOCK)
            .zoneSizeBytes(16 * BLOCK)
            .maxAppendBytes(16 * BLOCK)
            .build();
    int count = 2 + random.nextInt(2);
    for (int member = 0; member < count; member++) {
      members.add(new Known(new DriveSlot(shape, power)));
    }
  }

  /** Plays it; throws an {@link AssertionError} with the history if something is wrong. */
  void play() throws Exception {
    try {
      for (int session = 0; session < SESSIONS; session++) {
        use(session == 0 ? open(false) : openWithSome());
      }
      note("all are there");
      members.forEach(member -> member.slot.revive());
      try (MirrorZonedDevice mirror = checked(open(false))) {
        mirror.awaitInStep();
        requireAllCurrent(mirror);
        content.compare(mirror);
      }
      for (Known member : members) {
        members.forEach(other -> other.slot.doom(0));
        member.slot.revive();
        note("alone: " + members.indexOf(member));
        try (MirrorZonedDevice alone = open(true)) {
          content.compare(alone);
        }
      }
    } catch (AssertionError | Exception e) {
      throw new AssertionError(
          e + "\n  after a mirror of " + members.size() + "\n  " + String.join("\n  ", history), e);
    }
  }

  private MirrorZonedDevice open(boolean degraded) throws IOException {
    return open(false, degraded);
  }

  private MirrorZonedDevice open(boolean readOnly, boolean degraded) throws IOException {
    List<MemberSource> sources = new ArrayList<>();
    for (Known member : members) {
      sources.add(
          new MemberSource() {
            @Override
            public String name() {
              return "member" + members.indexOf(member);
            }

            @Override
            public ZonedDevice open(Creation creation) throws IOException {
              return member.slot.open(DeviceAccess.READ_WRITE);
            }
          });
    }
    MirrorZonedDevice mirror =
        MirrorZonedDevice.open(
            sources, readOnly, degraded, readOnly ? Creation.NONE : Creation.IF_EMPTY, false);
    mirror.judgeBy(ZoneJudge.NONE);
    return mirror;
  }

  private List<Known> present() {
    return members.stream().filter(member -> !member.slot.isDoomed()).toList();
  }

  /** Opens it with some of the members, or says why that must not work, and opens it with all. */
  private MirrorZonedDevice openWithSome() throws Exception {
    members.forEach(member -> member.slot.revive());
    for (Known member : members) {
      if (random.nextInt(3) == 0) {
        member.slot.doom(0);
      }
    }
    List<Known> there = present();
    note("there: " + there.stream().map(members::indexOf).toList());
    if (there.isEmpty()) {
      return openWithAll();
    }
    boolean anyHasAll = there.stream().anyMatch(member -> !member.lacks);
    boolean isKnown = there.stream().anyMatch(member -> !member.lacks && !member.isCompared);
    boolean mustOpen = anyHasAll && ((closed && isKnown) || there.size() == members.size());
    boolean cannotKnow = there.stream().anyMatch(member -> member.closedTogether);
    if (!anyHasAll && cannotKnow) {
      note("old, and cannot know it");
      return openWithAll();
    }
    try {
      MirrorZonedDevice mirror = open(false);
      Demands.that(anyHasAll, "members that may lack something are served");
      return checked(mirror);
    } catch (IOException refused) {
      Demands.that(!mustOpen, "refused: " + refused);
      note("refused: " + refused.getMessage());
    }
    if (!anyHasAll) {
      return openWithAll();
    }
    try (MirrorZonedDevice shown = open(true, false)) {
      compare(shown);
    }
    return checked(open(true));
  }

  private MirrorZonedDevice openWithAll() throws Exception {
    members.forEach(member -> member.slot.revive());
    note("there: all");
    return checked(open(false));
  }

  private void compare(ZonedDevice device) throws IOException {
    if (closed) {
      content.compare(device);
    } else {
      content.comparePowerless(device);
    }
  }

  /** Compares it, and takes what is there for acknowledged. */
  private MirrorZonedDevice checked(MirrorZonedDevice mirror) throws Exception {
    compare(mirror);
    content.accept(mirror);
    // Until all are compared, others may have what no flush had covered differently.
    mirror.awaitInStep();
    content.compare(mirror);
    return mirror;
  }

  private void noteStandings(MirrorZonedDevice mirror) {
    List<MemberState> states = mirror.members();
    for (Known member : members) {
      MemberState state =
          states.stream()
              .filter(one -> one.name().equals("member" + members.indexOf(member)))
              .findFirst()
              .orElseThrow();
      member.lacks =
          state.standing() != MemberState.Standing.CURRENT
              && state.standing() != MemberState.Standing.COMPARING;
      member.isCompared = state.standing() == MemberState.Standing.COMPARING;
      if (!closed && state.standing() != MemberState.Standing.MISSING) {
        member.closedTogether = false;
      }
    }
  }

  private void use(MirrorZonedDevice mirror) throws Exception {
    boolean isWhole = members.stream().noneMatch(each -> each.lacks || each.slot.isDoomed());
    if (closed && isWhole && random.nextInt(4) == 0) {
      onlyLook(mirror);
      return;
    }
    closed = false;
    change(mirror);
    noteStandings(mirror);
    int steps = random.nextInt(40);
    for (int step = 0; step < steps; step++) {
      step(mirror);
    }
    noteStandings(mirror);
    if (random.nextInt(3) == 0) {
      lose(mirror);
    } else {
      close(mirror);
    }
  }

  /** Nothing changes, so nothing else is known afterwards. */
  private void onlyLook(MirrorZonedDevice mirror) throws IOException {
    note("nothing changes");
    mirror.flush();
    content.compare(mirror);
    if (random.nextBoolean()) {
      mirror.close();
    } else {
      lose(mirror);
    }
  }

  /** From now on, members that are not there lack something. */
  private void change(MirrorZonedDevice mirror) throws IOException {
    int zone = random.nextInt(ZONES - 2);
    if (mirror.report(zone, 1).get(0).remainingBytes() > 0) {
      append(mirror, zone);
    } else {
      note("reset " + zone);
      mirror.reset(zone);
      content.zone(zone).reset();
    }
  }

  private void step(MirrorZonedDevice mirror) throws Exception {
    int zone = random.nextInt(ZONES - 2);
    switch (random.nextInt(10)) {
      case 0, 1, 2, 3 -> append(mirror, zone);
      case 4 -> {
        note("flush");
        mirror.flush();
        content.flush();
      }
      case 5 -> {
        note("reset " + zone);
        mirror.reset(zone);
        content.zone(zone).reset();
      }
      case 6 -> {
        note("finish " + zone);
        mirror.finish(zone);
        content.zone(zone).finish();
      }
      case 7 -> pull(mirror);
      case 8 -> {
        note("all are back");
        members.forEach(member -> member.slot.revive());
        if (random.nextBoolean()) {
          mirror.awaitInStep();
        }
      }
      default -> content.compare(mirror, zone);
    }
  }

  private void append(MirrorZonedDevice mirror, int zone) throws IOException {
    long room = mirror.report(zone, 1).get(0).remainingBytes() / BLOCK;
    if (room == 0) {
      return;
    }
    byte[] bytes = new byte[(1 + random.nextInt((int) room)) * BLOCK];
    random.nextBytes(bytes);
    note("append " + bytes.length / BLOCK + " to " + zone);
    mirror.append(zone, ByteBuffer.wrap(bytes));
    content.zone(zone).write(bytes);
    if (bytes.length == room * BLOCK) {
      content.zone(zone).finish();
    }
  }

  /** Pulls one, if another one that is there has everything. */
  private void pull(MirrorZonedDevice mirror) throws Exception {
    mirror.awaitInStep();
    noteStandings(mirror);
    int pulled = random.nextInt(members.size());
    boolean othersHaveAll =
        IntStream.range(0, members.size())
            .filter(at -> at != pulled)
            .mapToObj(members::get)
            .anyMatch(member -> !member.lacks && !member.slot.isDoomed());
    if (othersHaveAll) {
      long accesses = random.nextInt(6);
      note("pull " + pulled + " after " + accesses + " accesses");
      members.get(pulled).slot.doom(accesses);
    }
  }

  private void close(MirrorZonedDevice mirror) throws IOException {
    note("close");
    mirror.close();
    content.flush();
    // One that failed in the close may have noted it before.
    List<Known> together = members.stream().filter(member -> !member.lacks).toList();
    noteStandings(mirror);
    together.forEach(member -> member.closedTogether = true);
    closed = true;
  }

  private void lose(MirrorZonedDevice mirror) throws IOException {
    note("power loss");
    power.lose();
    for (Known member : members) {
      member.slot.cut(random.nextLong());
      member.slot.makeCuttable();
    }
    try {
      mirror.close();
    } catch (IOException powerless) {
      note("the lost mirror: " + powerless.getMessage());
    }
  }

  private static void requireAllCurrent(MirrorZonedDevice mirror) {
    for (MemberState state : mirror.members()) {
      Demands.that(
          state.standing() == MemberState.Standing.CURRENT, state.name() + " is " + state.words());
    }
  }

  private void note(String what) {
    history.add(what);
  }
}
