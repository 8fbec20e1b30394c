// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ProgressListener;

/**
 * One request in progress, for the thread that handles it. The heartbeat thread also sends through
 * it.
 */
public final class ControlSession implements ProgressListener {
  private static final Logger LOG = LoggerFactory.getLogger(ControlSession.class);
  private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(10);

  private final LineChannel channel;
  private final CompletableFuture<Void> peerGone = new CompletableFuture<>();

  ControlSession(LineChannel channel) {
    this.channel = channel;
  }

  /** Sends one item of the answer. */
  public void item(Json.JsonObject value) throws IOException {
    send(new ControlReply.Item(value));
  }

  /** Sends the progress of the work. The work continues even if the client has disconnected. */
  @Override
  public void progress(String what, long done, long total) {
    sendIfThere(new ControlReply.Progress(what, done, total));
  }

  /** Completes when a line cannot be sent because the client disconnected or does not read. */
  public CompletableFuture<Void> peerGone() {
    return peerGone;
  }

  void alive() {
    sendIfThere(new ControlReply.Alive());
  }

  void sendIfThere(ControlReply reply) {
    if (peerGone.isDone()) {
      return;
    }
    try {
      send(reply);
    } catch (IOException e) {
      LOG.debug("a client of the control socket went away", e);
    }
  }

  private void send(ControlReply reply) throws IOException {
    try {
      channel.writeLine(ControlCodec.encode(reply), WRITE_TIMEOUT);
    } catch (IOException e) {
      peerGone.complete(null);
      throw e;
    }
  }
}
