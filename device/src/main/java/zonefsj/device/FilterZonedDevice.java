// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;

/**
 * The common base of all wrappers: forwards every call to {@link #delegate()}, unchanged.
 *
 * <p>A wrapper overrides the methods that it changes and calls {@code super} for the drive below;
 * one that changes what is read overrides {@link #read} and {@link #readCopy}. The wrappers of
 * every mount call {@link #delegate()} themselves to read and write: the JVM keeps one profile for
 * each place that calls, so it inlines a call in the wrapper's own class, but not one here, which
 * all wrappers share.
 *
 * <p>It owns the drive that it wraps: closing it closes the drive. Thread-safe as the drive below
 * is.
 */
public abstract class FilterZonedDevice implements ZonedDevice {
  private final ZonedDevice delegate;

  /**
   * @param delegate the drive to wrap
   */
  protected FilterZonedDevice(ZonedDevice delegate) {
    this.delegate = Objects.requireNonNull(delegate);
  }

  /** The drive that this one wraps, now. */
  public ZonedDevice delegate() {
    return delegate;
  }

  @Override
  public DeviceGeometry geometry() {
    return delegate().geometry();
  }

  @Override
  public List<ZoneDescriptor> report(int from, int count) throws IOException {
    return delegate().report(from, count);
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    delegate().read(positionBytes, destination);
  }

  @Override
  public int copies() {
    return delegate().copies();
  }

  @Override
  public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    delegate().readCopy(copy, positionBytes, destination);
  }

  @Override
  public void noteWrong(int copy, long positionBytes) {
    delegate().noteWrong(copy, positionBytes);
  }

  @Override
  public void judgeBy(ZoneJudge judge) {
    delegate().judgeBy(judge);
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    delegate().write(positionBytes, sources);
  }

  @Override
  public long append(int zone, ByteBuffer... sources) throws IOException {
    return delegate().append(zone, sources);
  }

  @Override
  public void flush() throws IOException {
    delegate().flush();
  }

  @Override
  public void open(int zone) throws IOException {
    delegate().open(zone);
  }

  @Override
  public void close(int zone) throws IOException {
    delegate().close(zone);
  }

  @Override
  public void finish(int zone) throws IOException {
    delegate().finish(zone);
  }

  @Override
  public void reset(int zone) throws IOException {
    delegate().reset(zone);
  }

  @Override
  public void close() throws IOException {
    delegate().close();
  }

  @Override
  public String toString() {
    return getClass().getSimpleName() + "(" + delegate() + ")";
  }
}
