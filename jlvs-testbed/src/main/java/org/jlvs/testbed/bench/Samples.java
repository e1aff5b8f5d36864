package org.jlvs.testbed.bench;

import java.util.List;

/** Measurements of one thing, in the order they were taken. At least one. */
record Samples(List<Double> values) {
  Samples {
    values = List.copyOf(values);
    if (values.isEmpty()) {
      throw new IllegalArgumentException("no samples");
    }
  }

  double median() {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  double mean() {
    return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  /**
   * How far the mean of so many may be off by chance (one standard error). Of a single one: NaN.
   */
  double standardError() {
    double mean = mean();
    double squares = values.stream().mapToDouble(value -> Math.pow(value - mean, 2)).sum();
    return Math.sqrt(squares / (values.size() - 1) / values.size());
  }

  double least() {
    return values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
  }

  double most() {
    return values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
  }

  /** The least value that so many percent of them do not exceed. */
  double percentile(int percent) {
    List<Double> sorted = values.stream().sorted().toList();
    int rank = (int) Math.ceil(percent / 100.0 * sorted.size());
    return sorted.get(Math.max(1, rank) - 1);
  }
}
