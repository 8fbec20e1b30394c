// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.PatientDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.device.spec.Creation;

/** A drive as on a store: it can hang, fail in any way, and belongs to the host that opens it. */
final class SilentDrive extends FilterZonedDevice implements PatientDevice, MemberSource {
  static final long LIMIT_MILLIS = 300_000;

  private final String name;
  private volatile CountDownLatch answers = new CountDownLatch(0);
  private volatile long silentMillis;
  private volatile boolean isAway;
  private volatile @Nullable Throwable failure;
  private volatile int badZone = -1;
  private volatile IOException badRead = new IOException("a sector cannot be read");
  private volatile int wrongZone = -1;
  private volatile boolean closesAlways;
  private volatile @Nullable IOException lookFailure;
  final AtomicInteger claims = new AtomicInteger();
  final AtomicInteger looks = new AtomicInteger();
  final AtomicInteger accesses = new AtomicInteger();
  final AtomicInteger resets = new AtomicInteger();

  /** How often its silence was asked for. */
  final AtomicInteger silenceLooks = new AtomicInteger();

  SilentDrive(String name, EmulatedGeometry shape) {
    super(RamZonedDevice.create(shape));
    this.name = name;
  }

  /** No access ends from now on. */
  void hang() {
    answers = new CountDownLatch(1);
  }

  /** All of them end, and nothing fails. */
  void answer() {
    silentMillis = 0;
    isAway = false;
    failure = null;
    badZone = -1;
    wrongZone = -1;
    lookFailure = null;
    answers.countDown();
  }

  void setSilentMillis(long millis) {
    silentMillis = millis;
  }

  /** It cannot be opened again. */
  void goAway() {
    isAway = true;
  }

  /** It can be closed while accesses hang. */
  void closeAlways() {
    closesAlways = true;
  }

  /** It can be opened again, and accesses do as before. */
  void comeBack() {
    isAway = false;
    failure = null;
  }

  /** It cannot be looked at. */
  void failLooks(IOException how) {
    lookFailure = how;
  }

  /** Every access fails so from now on. */
  void fail(Throwable how) {
    failure = how;
  }

  void setBadZone(int zone) {
    setBadZone(zone, new IOException("sector of " + name + " cannot be read"));
  }

  void setBadZone(int zone, IOException how) {
    badRead = how;
    badZone = zone;
  }

  /** It has other bytes than were written. */
  void setWrongZone(int zone) {
    wrongZone = zone;
  }

  private void access() throws IOException {
    accesses.incrementAndGet();
    try {
      answers.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
    Throwable how = failure;
    if (how instanceof IOException io) {
      throw io;
    }
    if (how instanceof RuntimeException internal) {
      throw internal;
    }
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    access();
    if (geometry().zoneOf(positionBytes) == badZone) {
      throw badRead;
    }
    int from = destination.position();
    super.read(positionBytes, destination);
    if (geometry().zoneOf(positionBytes) == wrongZone) {
      destination.put(from, (byte) ~destination.get(from));
    }
  }

  @Override
  public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    read(positionBytes, destination);
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    access();
    super.write(positionBytes, sources);
  }

  @Override
  public void flush() throws IOException {
    access();
    super.flush();
  }

  @Override
  public void reset(int zone) throws IOException {
    access();
    resets.incrementAndGet();
    super.reset(zone);
  }

  @Override
  public void finish(int zone) throws IOException {
    access();
    super.finish(zone);
  }

  @Override
  public void close() throws IOException {
    // It is opened again.
    if (!closesAlways) {
      access();
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public ZonedDevice open(Creation creation) throws IOException {
    if (isAway) {
      throw new IOException("there is no " + name);
    }
    claims.incrementAndGet();
    return this;
  }

  @Override
  public Optional<ZonedDevice> look() throws IOException {
    if (isAway) {
      throw new IOException("there is no " + name);
    }
    looks.incrementAndGet();
    IOException how = lookFailure;
    if (how != null) {
      throw how;
    }
    return Optional.of(this);
  }

  @Override
  public void beginPatience() {
    // A member of a mirror has none.
  }

  @Override
  public boolean isPatient() {
    return false;
  }

  @Override
  public long stalledMillis() {
    return silentMillis;
  }

  @Override
  public long silentMillis() {
    silenceLooks.incrementAndGet();
    return silentMillis;
  }

  @Override
  public long limitMillis() {
    return LIMIT_MILLIS;
  }

  @Override
  public void endPatience() {
    // A member of a mirror has none.
  }
}
