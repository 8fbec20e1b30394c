// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

/** A line of a daemon's answer. An answer ends with one {@link Done} or one {@link Failed}. */
public sealed interface ControlReply {

  /** The work continues, with no new progress to report. */
  record Alive() implements ControlReply {}

  /**
   * Progress of the work, see {@link zonefsj.fs.ProgressListener}.
   *
   * @param what the work
   * @param done units done
   * @param total units in all, or -1
   */
  record Progress(String what, long done, long total) implements ControlReply {}

  /** One item of the answer. */
  record Item(Json.JsonObject value) implements ControlReply {}

  /** The end of an answer. */
  record Done(Json.JsonObject value) implements ControlReply {}

  /** The end of a failed answer, with one line for the user. */
  record Failed(String message) implements ControlReply {}
}
