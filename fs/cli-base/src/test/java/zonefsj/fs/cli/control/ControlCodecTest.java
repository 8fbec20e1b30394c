// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.fs.volume.ZoneView;

/** The lines between a command and a daemon. */
final class ControlCodecTest {
  @ParameterizedTest
  @EnumSource(ControlRequest.Action.class)
  void requestsTravel(ControlRequest.Action action) throws IOException {
    ControlRequest request = new ControlRequest(action, Map.of("gc_rate", "5M", "x", "a\nb\"c"));
    String line = ControlCodec.encode(request);
    assertThat(line).doesNotContain("\n");
    assertThat(ControlCodec.decodeRequest(line)).isEqualTo(request);
  }

  @Test
  void repliesTravel() throws IOException {
    Json.JsonObject value = Json.structure().put("a", "b").build();
    for (ControlReply reply :
        List.of(
            new ControlReply.Alive(),
            new ControlReply.Progress("rebuilding", 3, -1),
            new ControlReply.Item(value),
            new ControlReply.Done(value),
            new ControlReply.Failed("no\nway"))) {
      assertThat(ControlCodec.decodeReply(ControlCodec.encode(reply))).isEqualTo(reply);
    }
  }

  /** A daemon of today is asked by commands of tomorrow: what it is sent must not drift. */
  @Test
  void theLinesStayWhatTheyAre() {
    assertThat(
            ControlCodec.encode(
                new ControlRequest(ControlRequest.Action.SET, Map.of("gc_rate", "5M"))))
        .isEqualTo("{\"zonefs-j\":1,\"do\":\"set\",\"settings\":{\"gc_rate\":\"5M\"}}");
    assertThat(ControlCodec.encode(new ControlReply.Progress("x", 1, 2)))
        .isEqualTo("{\"progress\":\"x\",\"done\":1,\"total\":2}");
    assertThat(ControlCodec.encode(new ControlReply.Failed("no"))).isEqualTo("{\"failed\":\"no\"}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "[]",
        "{}",
        "\"status\"",
        "{\"zonefs-j\":1}",
        "{\"zonefs-j\":\"1\",\"do\":\"status\"}",
        "{\"zonefs-j\":1,\"do\":7}",
        "{\"zonefs-j\":1,\"do\":\"explode\"}",
        "{\"zonefs-j\":1,\"do\":\"set\",\"settings\":[]}",
        "{\"zonefs-j\":1,\"do\":\"set\",\"settings\":{\"a\":1}}",
        "GET / HTTP/1.1"
      })
  void whatIsNoRequestIsRefused(String line) {
    assertThatThrownBy(() -> ControlCodec.decodeRequest(line))
        .isInstanceOf(MalformedJsonException.class);
  }

  @Test
  void anotherVersionIsToldWhatToDo() {
    assertThatThrownBy(() -> ControlCodec.decodeRequest("{\"zonefs-j\":2,\"do\":\"status\"}"))
        .hasMessageContaining("version 1")
        .hasMessageContaining("version 2")
        .hasMessageContaining("use the command that it was mounted with");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "[1]",
        "{\"progress\":1}",
        "{\"progress\":\"x\",\"done\":1}",
        "{\"item\":3}",
        "{\"done\":\"yes\"}",
        "{\"failed\":{}}",
        "{\"other\":1}"
      })
  void whatIsNoReplyIsRefused(String line) {
    assertThatThrownBy(() -> ControlCodec.decodeReply(line))
        .isInstanceOf(MalformedJsonException.class);
  }

  @Test
  void aStatusTravels() throws IOException {
    MountStatus status = SampleStatus.get();
    assertThat(StatusCodec.decode(StatusCodec.encode(status))).isEqualTo(status);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"uuid", "mounted_at", "zones_by_role", "errors", "lost_data", "caches", "pid"})
  void aStatusWithSomethingElseInItIsRefused(String member) {
    Json.Builder broken = Json.structure();
    StatusCodec.encode(SampleStatus.get()).members().forEach(broken::put);
    broken.put(member, "not this");
    assertThatThrownBy(() -> StatusCodec.decode(broken.build())).isInstanceOf(IOException.class);
  }

  @Test
  void zonesTravel() throws IOException {
    for (ZoneType type : ZoneType.values()) {
      for (ZoneCondition condition : ZoneCondition.values()) {
        ZoneDescriptor descriptor =
            new ZoneDescriptor(7, type, condition, 7 << 20, 1 << 20, 1 << 19, 7 << 20);
        for (ZoneView zone :
            List.of(new ZoneView(descriptor, "hot", 4096), new ZoneView(descriptor, "", 0))) {
          assertThat(ZoneCodec.decode(ZoneCodec.encode(zone))).isEqualTo(zone);
        }
      }
    }
  }

  @Test
  void aZoneWithSomethingElseInItIsRefused() {
    Json.JsonObject good =
        ZoneCodec.encode(
            new ZoneView(
                new ZoneDescriptor(
                    1, ZoneType.SEQUENTIAL_REQUIRED, ZoneCondition.EMPTY, 1, 1, 1, 1),
                "hot",
                0));
    for (String member : good.members().keySet()) {
      Json.Builder broken = Json.structure();
      good.members().forEach(broken::put);
      broken.put(member, new Json.JsonNull());
      assertThatThrownBy(() -> ZoneCodec.decode(broken.build()))
          .as(member)
          .isInstanceOf(IOException.class);
    }
  }
}
