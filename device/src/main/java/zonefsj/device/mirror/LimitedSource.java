// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZonedDevice;
import zonefsj.device.compose.PartShapes;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceSpecException;

/**
 * A source of members that have limits where they need some ({@link LimitedMember}). Opens a drive
 * again only when its last use has ended: one that does not answer would take more threads and
 * memory each time. Thread-safe.
 */
final class LimitedSource implements MemberSource {
  private static final Logger LOG = LoggerFactory.getLogger(LimitedSource.class);

  private final MemberSource source;

  /** Whether an open or a look has not ended. */
  private final AtomicBoolean isBusy = new AtomicBoolean();

  /** The drive that was opened last. */
  private volatile @Nullable ZonedDevice last;

  /** Why the first open is refused; null if it is not. */
  private volatile @Nullable String refusal;

  private LimitedSource(MemberSource source) {
    this.source = source;
  }

  /**
   * Sources of the members of a mirror that is to be opened. Looks at drives that an open for
   * writing would claim: one that does not belong to the mirror, or cannot be looked at, is not
   * opened.
   *
   * @param creation whether it may be made of what is there: then what cannot be looked at is
   *     opened
   * @throws DeviceSpecException if two of them are members of different mirrors
   */
  static List<MemberSource> of(List<MemberSource> sources, boolean readOnly, Creation creation)
      throws IOException {
    List<LimitedSource> limited = sources.stream().map(LimitedSource::new).toList();
    if (!readOnly && creation != Creation.ERASE) {
      lookAtAll(limited, creation);
    }
    return new ArrayList<>(limited);
  }

  private static void lookAtAll(List<LimitedSource> sources, Creation creation) throws IOException {
    List<LimitedSource> others = new ArrayList<>();
    MirrorLabel first = null;
    MemberSource ofFirst = null;
    for (LimitedSource source : sources) {
      Look look = source.lookForLabel();
      if (look.isForeign()) {
        others.add(source);
      }
      if (creation == Creation.NONE && !look.failure().isEmpty()) {
        source.refusal = look.failure();
      }
      if (look.label().isEmpty()) {
        continue;
      }
      MirrorLabel label = look.label().orElseThrow();
      if (first == null || ofFirst == null) {
        first = label;
        ofFirst = source;
      } else if (!label.mirror().equals(first.mirror())) {
        throw new DeviceSpecException(
            source.name()
                + " is "
                + label.title()
                + "; "
                + ofFirst.name()
                + " is "
                + first.title());
      }
    }
    if (first != null) {
      others.forEach(source -> source.refusal = MirrorSync.NO_MEMBER);
    }
  }

  /**
   * What was seen of a drive.
   *
   * @param isForeign whether it has no label and is not empty
   * @param failure why it cannot be looked at; empty if it can, or there is nothing
   */
  private record Look(Optional<MirrorLabel> label, boolean isForeign, String failure)
      implements Closeable {
    static final Look NOTHING = new Look(Optional.empty(), false, "");

    @Override
    public void close() {
      // What was looked at is closed.
    }
  }

  private Look lookForLabel() {
    try {
      return OpenAttempt.openSoon(this::lookNow);
    } catch (DeviceSpecException e) {
      LOG.debug("{} cannot be looked at", name(), e);
      return e.isNothingThere() ? Look.NOTHING : failed(e);
    } catch (IOException e) {
      LOG.debug("{} cannot be looked at", name(), e);
      return failed(e);
    }
  }

  private static Look failed(IOException failure) {
    return new Look(Optional.empty(), false, String.valueOf(failure.getMessage()));
  }

  private Look lookNow() throws IOException {
    Optional<ZonedDevice> looked = look();
    if (looked.isEmpty()) {
      return Look.NOTHING;
    }
    try (ZonedDevice device = looked.orElseThrow()) {
      Optional<MirrorLabel> label = MirrorLabels.read(device);
      return new Look(label, label.isEmpty() && !PartShapes.isEmpty(device), "");
    }
  }

  @Override
  public String name() {
    return source.name();
  }

  @Override
  public Optional<ZonedDevice> look() throws IOException {
    return alone(source::look).map(this::limited);
  }

  @Override
  public ZonedDevice open(Creation creation) throws IOException {
    String why = refusal;
    refusal = null;
    if (why != null) {
      throw new DeviceSpecException(why);
    }
    return limited(alone(() -> source.open(creation)));
  }

  private ZonedDevice limited(ZonedDevice device) {
    ZonedDevice limited = LimitedMember.of(device);
    last = limited;
    return limited;
  }

  /** Opens or looks when nothing of an earlier time is under way. */
  private <T> T alone(Open<T> open) throws IOException {
    boolean isClosing = last instanceof LimitedMember limited && limited.isClosing();
    if (isClosing || !isBusy.compareAndSet(false, true)) {
      throw new IOException("it does not answer: a request of its last use has not ended");
    }
    try {
      return open.open();
    } finally {
      isBusy.set(false);
    }
  }

  /** Opens a drive. */
  @FunctionalInterface
  private interface Open<T> {
    T open() throws IOException;
  }
}
