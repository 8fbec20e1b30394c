// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.monitor;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.StateSetSnapshot;
import io.prometheus.metrics.model.snapshots.StateSetSnapshot.StateSetDataPointSnapshot;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import zonefsj.device.LatencyCounts;
import zonefsj.device.LatencyHistogram;

/** Collects the families of metrics of one scrape. Not thread-safe. */
final class MetricFamilies {
  /** Each second class of a {@link LatencyHistogram}: limits are four times as long each. */
  private static final int CLASSES_OF_A_BUCKET = 2;

  private static final double NANOS_PER_SECOND = 1e9;

  private final MetricSnapshots.Builder families = MetricSnapshots.builder();
  private final Labels always;

  /**
   * @param always labels of each metric
   */
  MetricFamilies(Labels always) {
    this.always = always;
  }

  /** A map that keeps the order of its entries. */
  static <T> Map<String, T> ordered() {
    return new LinkedHashMap<>();
  }

  MetricSnapshots snapshots() {
    return families.build();
  }

  void info(String name, String help, Map<String, String> labels) {
    Map<String, String> sorted = new TreeMap<>(labels);
    families.metricSnapshot(
        InfoSnapshot.builder()
            .name(name)
            .help(help)
            .dataPoint(
                InfoDataPointSnapshot.builder()
                    .labels(
                        Labels.of(
                            List.copyOf(sorted.keySet()).toArray(new String[0]),
                            List.copyOf(sorted.values()).toArray(new String[0])))
                    .build())
            .build());
  }

  void gauge(String name, String help, Number value) {
    families.metricSnapshot(
        GaugeSnapshot.builder()
            .name(name)
            .help(help)
            .dataPoint(
                GaugeDataPointSnapshot.builder().labels(always).value(value.doubleValue()).build())
            .build());
  }

  void gauge(String name, String help, String label, Map<String, Double> values) {
    GaugeSnapshot.Builder family = GaugeSnapshot.builder().name(name).help(help);
    values.forEach(
        (key, value) ->
            family.dataPoint(
                GaugeDataPointSnapshot.builder()
                    .labels(always.merge(Labels.of(label, key)))
                    .value(value)
                    .build()));
    families.metricSnapshot(family.build());
  }

  /** The name of a counter has no suffix {@code _total} here; the formats add it. */
  void counter(String name, String help, Number value) {
    families.metricSnapshot(
        CounterSnapshot.builder()
            .name(name)
            .help(help)
            .dataPoint(
                CounterDataPointSnapshot.builder()
                    .labels(always)
                    .value(value.doubleValue())
                    .build())
            .build());
  }

  void counter(String name, String help, String label, Map<String, Double> values) {
    CounterSnapshot.Builder family = CounterSnapshot.builder().name(name).help(help);
    values.forEach(
        (key, value) ->
            family.dataPoint(
                CounterDataPointSnapshot.builder()
                    .labels(always.merge(Labels.of(label, key)))
                    .value(value)
                    .build()));
    families.metricSnapshot(family.build());
  }

  void stateSet(String name, String help, String[] states, String current) {
    StateSetDataPointSnapshot.Builder point = StateSetDataPointSnapshot.builder().labels(always);
    for (String state : states) {
      point.state(state, state.equals(current));
    }
    families.metricSnapshot(
        StateSetSnapshot.builder().name(name).help(help).dataPoint(point.build()).build());
  }

  void histogram(String name, String help, LatencyCounts counts) {
    families.metricSnapshot(
        HistogramSnapshot.builder().name(name).help(help).dataPoint(point(always, counts)).build());
  }

  void histogram(String name, String help, String label, Map<String, LatencyCounts> values) {
    HistogramSnapshot.Builder family = HistogramSnapshot.builder().name(name).help(help);
    values.forEach(
        (key, counts) -> family.dataPoint(point(always.merge(Labels.of(label, key)), counts)));
    families.metricSnapshot(family.build());
  }

  private static HistogramDataPointSnapshot point(Labels labels, LatencyCounts counts) {
    ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
    long within = 0;
    for (int at = 0; at < LatencyHistogram.CLASSES_BELOW_LAST; at++) {
      within += counts.inClass(at);
      if (at % CLASSES_OF_A_BUCKET == 0) {
        buckets.bucket(LatencyHistogram.limitNanos(at) / NANOS_PER_SECOND, within);
        within = 0;
      }
    }
    within += counts.inClass(LatencyHistogram.CLASSES_BELOW_LAST);
    buckets.bucket(Double.POSITIVE_INFINITY, within);
    return HistogramDataPointSnapshot.builder()
        .labels(labels)
        .classicHistogramBuckets(buckets.build())
        .sum(counts.totalNanos() / NANOS_PER_SECOND)
        .build();
  }
}
