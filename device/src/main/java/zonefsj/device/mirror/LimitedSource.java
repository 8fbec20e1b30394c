// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.Creation;
import zonefsj.device.spec.DeviceSpecException;

/** A source of members that have limits where they need some ({@link LimitedMember}). Immutable. */
final class LimitedSource implements MemberSource {
  private static final Logger LOG = LoggerFactory.getLogger(LimitedSource.class);

  private final MemberSource source;

  /** Why the first open is refused; null if it is not. */
  private volatile @Nullable String refusal;

  private LimitedSource(MemberSource source) {
    this.source = source;
  }

  /**
   * Sources of the members of a mirror that is to be opened. Looks at drives that an open for
   * writing would claim: one that does not belong to the mirror is not opened.
   *
   * @param claims whether the mirror is opened for writing, and not made of whatever is there
   * @throws DeviceSpecException if two of them are members of different mirrors
   */
  static List<MemberSource> of(List<MemberSource> sources, boolean claims) throws IOException {
    List<LimitedSource> limited = sources.stream().map(LimitedSource::new).toList();
    if (claims) {
      lookAtAll(limited);
    }
    return new ArrayList<>(limited);
  }

  private static void lookAtAll(List<LimitedSource> sources) throws IOException {
    List<LimitedSource> others = new ArrayList<>();
    MirrorLabel first = null;
    MemberSource ofFirst = null;
    for (LimitedSource source : sources) {
      Look look = source.lookForLabel();
      if (look.isForeign()) {
        others.add(source);
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
   */
  private record Look(Optional<MirrorLabel> label, boolean isForeign) {}

  private Look lookForLabel() {
    try {
      Optional<ZonedDevice> looked = look();
      if (looked.isPresent()) {
        try (ZonedDevice device = looked.orElseThrow()) {
          Optional<MirrorLabel> label = MirrorLabels.read(device);
          return new Look(label, label.isEmpty() && !MirrorCreation.isEmpty(device));
        }
      }
    } catch (IOException later) {
      // The open says why it cannot be used.
      LOG.debug("{} cannot be looked at", name(), later);
    }
    return new Look(Optional.empty(), false);
  }

  @Override
  public String name() {
    return source.name();
  }

  @Override
  public Optional<ZonedDevice> look() throws IOException {
    return source.look().map(LimitedMember::of);
  }

  @Override
  public ZonedDevice open(Creation creation) throws IOException {
    String why = refusal;
    refusal = null;
    if (why != null) {
      throw new DeviceSpecException(why);
    }
    return LimitedMember.of(source.open(creation));
  }
}
